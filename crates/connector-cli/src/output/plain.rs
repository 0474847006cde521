//! Words of others as a terminal may show them.

/// The text on one line. Words of a vendor may hold anything: here they can neither steer a terminal nor end a line.
pub(crate) fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// The same of every line of a text.
pub(crate) fn plain_lines(text: &str) -> String {
    text.replace(|letter: char| letter.is_control() && letter != '\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        let text = "Ines\u{1b}[2J\r\n\u{9b}31m\u{7}\tCalder";
        assert_eq!(plain(text), "Ines [2J   31m  Calder");
        assert_eq!(plain_lines(text), "Ines [2J \n 31m  Calder");
    }
}
