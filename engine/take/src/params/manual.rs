//! The table as text, for the README and the command line's help.

use super::{Kind, Param, TABLE};

impl Param {
    /// Default and range in words.
    pub fn range(&self) -> String {
        let number = |v: f64| format!("{v}");
        match self.kind {
            Kind::Double { default, min, max, unit } => {
                let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
                if max >= 1_000_000.0 {
                    format!("{}{unit}", number(default))
                } else {
                    format!("{} to {}{unit}, {} at first", number(min), number(max), number(default))
                }
            }
            Kind::Int { default, max: i32::MAX, .. } => format!("whole number, {default} at first"),
            Kind::Int { default, min, max } => format!("whole number, {min} to {max}, {default} at first"),
            Kind::Bool { default } => if default { "on at first" } else { "off at first" }.into(),
            Kind::Choice { options } => options.iter().map(|o| o.label).collect::<Vec<_>>().join(", "),
            Kind::Model => "installed packs".into(),
            Kind::Size => "WIDTHxHEIGHT".into(),
            Kind::Picture => "PNG, JPEG, TIFF or OpenEXR file".into(),
            Kind::Keyframes => "FRAME:STILL[:STRENGTH]".into(),
            Kind::Folder => "folder".into(),
            Kind::Text { .. } | Kind::Label | Kind::Button => String::new(),
        }
    }
}

fn row(head: String, p: &Param) -> String {
    let range = p.range();
    let range = if range.is_empty() { range } else { format!(" ({range})") };
    format!("{head} {}{range} |\n", p.hint)
}

/// Rows of the README's table of node parameters.
pub fn node_rows() -> String {
    TABLE.iter().filter(|p| p.in_node() && !p.secret).map(|p| row(format!("| {} | `{}` |", p.label, p.name), p)).collect()
}

/// Rows of the README's table of command line flags.
pub fn command_line_rows() -> String {
    TABLE.iter().filter(|p| p.on_command_line()).map(|p| row(format!("| `--{}` |", p.flag), p)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE_README=1 cargo test -p wakeframe-take manual` writes the tables anew.
    #[test]
    fn the_readme_shows_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let mut new = readme.clone();
        for (mark, rows) in [("node", node_rows()), ("command line", command_line_rows())] {
            let mark = format!("<!-- parameters: {mark} -->\n");
            let begin = new.find(&mark).expect("the README lost its mark") + mark.len();
            let end = begin + new[begin..].find("<!-- end -->").expect("the README lost its mark");
            new.replace_range(begin..end, &rows);
        }
        if std::env::var_os("UPDATE_README").is_some() {
            std::fs::write(path, &new).unwrap();
        } else {
            assert!(readme == new, "the README's tables are out of date: UPDATE_README=1 cargo test -p wakeframe-take manual");
        }
    }
}
