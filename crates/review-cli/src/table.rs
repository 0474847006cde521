//! Tables of text that fit a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Rows by which the widths of columns are decided. Those behind them are printed as they come.
pub(crate) const MEASURED: usize = 500;

/// Columns are not made narrower than this to fit.
const NARROWEST: usize = 8;

/// Blanks between columns.
const GAP: usize = 2;

/// The widths of columns: as wide as their cells, or less where the screen has no room, the widest first.
pub(crate) fn widths(rows: &[Vec<String>], screen: Option<usize>) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.width())
                .max()
                .unwrap_or_default()
        })
        .collect();
    if let Some(screen) = screen {
        let room = screen.saturating_sub(GAP * columns.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
    }
    widths
}

/// One row as a line. Where there is a screen cells are cut to their column; else they are as long as they are.
pub(crate) fn line(cells: &[String], widths: &[usize], cuts: bool) -> String {
    let mut out = String::new();
    for (column, cell) in cells.iter().enumerate() {
        let width = widths.get(column).copied().unwrap_or_default();
        let cell = if cuts { cut(cell, width) } else { cell.clone() };
        out.push_str(&cell);
        if column + 1 < cells.len() {
            let blanks = width.saturating_sub(cell.width()) + GAP;
            out.extend(std::iter::repeat_n(' ', blanks));
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The text in at most `width` columns of a terminal.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for letter in text.chars() {
        used += letter.width().unwrap_or_default();
        if used >= width {
            break;
        }
        out.push(letter);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_the_screen() {
        let rows = [
            ["名前".repeat(20), "a".into(), "ids".repeat(20)].to_vec(),
            ["x".into(), "b".into(), "y".into()].to_vec(),
        ];
        let widths = widths(&rows, Some(40));
        for row in &rows {
            assert!(line(row, &widths, true).width() <= 40);
        }
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("名前名前", 5), "名前…");
    }
}
