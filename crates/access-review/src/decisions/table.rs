//! The cells of a table as spreadsheets write it: RFC 4180, with commas, semicolons or tabs, and any line end.

/// A row that is not empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Its number as a spreadsheet shows it, from 1.
    pub(super) row: usize,
    pub(super) cells: Vec<String>,
}

/// The rows of a table.
///
/// # Errors
/// The number of a row in which a quoted cell does not end, or goes on behind its quotes.
pub(super) fn records(text: &str) -> Result<Vec<Record>, usize> {
    let separator = separator(text);
    let mut records = Vec::new();
    let mut row = 1;
    let mut cells = vec![String::new()];
    let mut letters = text.chars().peekable();
    // Whether the cell was quoted, and so is complete.
    let mut was_quoted = false;
    while let Some(letter) = letters.next() {
        let cell = cells.last_mut().ok_or(row)?;
        match letter {
            '"' if cell.is_empty() && !was_quoted => {
                loop {
                    match letters.next() {
                        Some('"') if letters.peek() == Some(&'"') => {
                            letters.next();
                            cell.push('"');
                        }
                        Some('"') => break,
                        Some(letter) => cell.push(letter),
                        None => return Err(row),
                    }
                }
                was_quoted = true;
            }
            '\r' | '\n' => {
                if letter == '\r' && letters.peek() == Some(&'\n') {
                    letters.next();
                }
                let cells = std::mem::replace(&mut cells, vec![String::new()]);
                push(&mut records, row, cells);
                was_quoted = false;
                row += 1;
            }
            letter if letter == separator => {
                cells.push(String::new());
                was_quoted = false;
            }
            _ if was_quoted => return Err(row),
            letter => cell.push(letter),
        }
    }
    push(&mut records, row, cells);
    Ok(records)
}

fn push(records: &mut Vec<Record>, row: usize, cells: Vec<String>) {
    if cells.iter().any(|cell| !cell.trim().is_empty()) {
        records.push(Record { row, cells });
    }
}

/// What separates the cells: whichever stands most often in the first line.
fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    let most = [',', ';', '\t']
        .into_iter()
        .rev()
        .max_by_key(|separator| count(*separator));
    most.unwrap_or(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(usize, &[&str])]) {
        let records = records(text).expect("a table");
        let found: Vec<(usize, Vec<&str>)> = records
            .iter()
            .map(|record| (record.row, record.cells.iter().map(String::as_str).collect()))
            .collect();
        let expected: Vec<(usize, Vec<&str>)> = expected
            .iter()
            .map(|(row, cells)| (*row, cells.to_vec()))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn tables_of_spreadsheets() {
        check("a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check("a;b\r\n1,5;2", &[(1, &["a", "b"]), (2, &["1,5", "2"])]);
        check("a\tb\r1\t2", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check(
            "a,b\n\n , \n\"x\n\"\"y\"\"\",\"\"\n",
            &[(1, &["a", "b"]), (4, &["x\n\"y\"", ""])],
        );
        check("a,b\n5\" disk,1", &[(1, &["a", "b"]), (2, &["5\" disk", "1"])]);
        check("", &[]);
        assert_eq!(records("a,b\n\"x,1\n"), Err(2));
        assert_eq!(records("a,b\n\"x\"y,1\n"), Err(2));
    }
}
