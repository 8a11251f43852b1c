//! Bytes and seconds as people write them.

/// `512 B`, `3.4 MB`, `20.0 GB`; 1 kB is 1000 bytes.
pub(super) fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 999.5 {
            return if unit == "B" { format!("{n} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

/// `0.42 s`, `12.3 s`, `4 min 05 s`, `1 h 02 min`.
pub(super) fn seconds(s: f64) -> String {
    let whole = s.max(0.0).round() as u64;
    match s {
        s if s < 9.995 => format!("{:.2} s", s.max(0.0)),
        s if s < 59.95 => format!("{s:.1} s"),
        _ if whole < 3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// What is left, as a clock shows it: `0:07`, `12:30`, `1:02:03`.
pub(super) fn clock(s: f64) -> String {
    let s = s.max(0.0).ceil() as u64;
    if s < 3600 { format!("{}:{:02}", s / 60, s % 60) } else { format!("{}:{:02}:{:02}", s / 3600, s % 3600 / 60, s % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_well() {
        assert_eq!(
            [bytes(0), bytes(999), bytes(1500), bytes(999_999), bytes(38_200_000), bytes(21_474_836_480)],
            ["0 B", "999 B", "1.5 kB", "1.0 MB", "38.2 MB", "21.5 GB"]
        );
        assert_eq!(
            [seconds(0.004), seconds(9.996), seconds(59.96), seconds(245.0), seconds(3720.0)],
            ["0.00 s", "10.0 s", "1 min 00 s", "4 min 05 s", "1 h 02 min"]
        );
        assert_eq!([clock(0.0), clock(6.2), clock(750.0), clock(3723.0), clock(-1.0)], ["0:00", "0:07", "12:30", "1:02:03", "0:00"]);
    }
}
