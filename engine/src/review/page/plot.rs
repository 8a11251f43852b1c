//! Curves and the direction rose as inline SVG.

use maud::{Markup, html};

/// Size of a plot and its margins: left for numbers, bottom for frames.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 170.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 20.0;

/// One curve.
pub(super) struct Line<'a> {
    /// For the legend; empty where there is one line only.
    pub(super) name: &'a str,
    pub(super) colour: &'a str,
    /// Frame (from 1) and value.
    pub(super) points: Vec<(f64, f64)>,
}

/// The upright axis.
pub(super) struct Axis<'a> {
    unit: &'a str,
    /// Smallest and largest value shown at least.
    low: Option<f64>,
    high: Option<f64>,
    /// Smallest height shown.
    span: f64,
    limit: Option<f64>,
}

impl<'a> Axis<'a> {
    /// From 0 to `least` or the largest value.
    pub(super) fn from_zero(unit: &'a str, least: f64) -> Self {
        Self { unit, low: Some(0.0), high: Some(least), span: least, limit: None }
    }

    /// From the smallest value, 0.8 at most, to 1.
    pub(super) fn up_to_one(unit: &'a str) -> Self {
        Self { unit, low: Some(0.8), high: Some(1.0), span: 0.2, limit: None }
    }

    /// Around the values, at least `span` high.
    pub(super) fn around(unit: &'a str, span: f64) -> Self {
        Self { unit, low: None, high: None, span, limit: None }
    }

    /// Draws where a verdict turns.
    pub(super) fn limit(self, limit: f64) -> Self {
        Self { limit: Some(limit), ..self }
    }

    fn range(&self, lines: &[Line<'_>]) -> (f64, f64) {
        let values = || lines.iter().flat_map(|l| l.points.iter().map(|(_, v)| *v));
        let low = values().chain(self.low).fold(f64::INFINITY, f64::min);
        let high = values().chain(self.high).fold(f64::NEG_INFINITY, f64::max);
        if !(low.is_finite() && high.is_finite()) {
            return (0.0, self.span);
        }
        let lack = (self.span - (high - low)).max(0.0) / 2.0;
        // Values that touch the ends of a free axis are hard to read.
        let air = if self.high.is_none() || values().any(|v| v >= high) && high != 1.0 { (high - low + lack) * 0.06 } else { 0.0 };
        (if self.low.is_none() { low - lack - air } else { low }, if self.low.is_none() { high + lack + air } else { high + air })
    }
}

/// Curves over frames.
pub(super) fn curves(axis: &Axis<'_>, lines: &[Line<'_>]) -> Markup {
    let (low, high) = axis.range(lines);
    let frames = || lines.iter().flat_map(|l| l.points.iter().map(|(f, _)| *f));
    let (first, last) = (frames().fold(f64::INFINITY, f64::min).min(1e9), frames().fold(1.0, f64::max));
    let x = |f: f64| LEFT + (f - first) / (last - first).max(1.0) * (WIDTH - LEFT - RIGHT);
    let y = |v: f64| TOP + (high - v) / (high - low).max(1e-9) * (HEIGHT - TOP - BOTTOM);
    let path = |l: &Line<'_>| l.points.iter().map(|(f, v)| format!("{:.1},{:.1}", x(*f), y(*v))).collect::<Vec<_>>().join(" ");
    let ticks: Vec<f64> = (0..=2).map(|i| low + (high - low) * f64::from(i) / 2.0).collect();
    let limit = axis.limit.filter(|l| (low..=high).contains(l));
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" {
            @for tick in &ticks {
                line x1=(LEFT) x2=(WIDTH - RIGHT) y1=(format!("{:.1}", y(*tick))) y2=(format!("{:.1}", y(*tick))) stroke="#4a4a4a" {}
                text x=(LEFT - 6.0) y=(format!("{:.1}", y(*tick) + 4.0)) text-anchor="end" { (number(*tick, high - low)) }
            }
            @if let Some(limit) = limit {
                line x1=(LEFT) x2=(WIDTH - RIGHT) y1=(format!("{:.1}", y(limit))) y2=(format!("{:.1}", y(limit))) stroke="#e0a33a" stroke-dasharray="4 4" {}
            }
            @for l in lines {
                @if l.points.len() == 1 {
                    @if let Some((f, v)) = l.points.first() { circle cx=(format!("{:.1}", x(*f))) cy=(format!("{:.1}", y(*v))) r="2.5" fill=(l.colour) {} }
                } @else {
                    polyline points=(path(l)) fill="none" stroke=(l.colour) stroke-width="1.8" stroke-linejoin="round" {}
                }
            }
            text x=(LEFT) y="10" { (axis.unit) }
            @for (i, l) in lines.iter().filter(|l| !l.name.is_empty()).enumerate() {
                text x=(WIDTH - RIGHT) y="10" text-anchor="end" dx=(-(lines.len() as f64 - 1.0 - i as f64) * legend(lines)) style=(format!("fill:{}", l.colour)) { (l.name) }
            }
            @if lines.iter().all(|l| l.points.is_empty()) {
                text x=(WIDTH / 2.0) y=(HEIGHT / 2.0) text-anchor="middle" { "too few frames" }
            } @else {
                text x=(LEFT) y=(HEIGHT - 5.0) { "frame " (first) }
                text x=(WIDTH - RIGHT) y=(HEIGHT - 5.0) text-anchor="end" { (last) }
            }
        }
    }
}

/// Room for a legend's word.
fn legend(lines: &[Line<'_>]) -> f64 {
    lines.iter().map(|l| l.name.len()).max().unwrap_or(0) as f64 * 6.5 + 8.0
}

fn number(v: f64, span: f64) -> String {
    let v = if v.abs() < 1e-9 { 0.0 } else { v };
    if span < 2.0 {
        format!("{v:.2}")
    } else if span < 20.0 {
        format!("{v:.1}")
    } else {
        format!("{v:.0}")
    }
}

/// Shares by direction; sector 0 goes to the right, and they go on clockwise. Grey where there is no motion to speak of.
pub(super) fn rose(shares: &[f64], moves: bool) -> Markup {
    let (cx, cy, r) = (WIDTH / 2.0, HEIGHT / 2.0, HEIGHT / 2.0 - 16.0);
    let largest = shares.iter().copied().fold(0.0, f64::max).max(1e-9);
    let step = std::f64::consts::TAU / shares.len().max(1) as f64;
    let wedge = |i: usize, share: f64| {
        // Area, not length, is what eyes compare.
        let length = (share / largest).sqrt() * r;
        let at = |a: f64| format!("{:.1},{:.1}", cx + a.cos() * length, cy + a.sin() * length);
        let middle = i as f64 * step;
        format!("{cx:.1},{cy:.1} {} {} {}", at(middle - step * 0.42), at(middle), at(middle + step * 0.42))
    };
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" {
            circle cx=(cx) cy=(cy) r=(r) fill="none" stroke="#4a4a4a" {}
            circle cx=(cx) cy=(cy) r=(r / 2.0) fill="none" stroke="#4a4a4a" {}
            @for (i, share) in shares.iter().enumerate().filter(|(_, s)| **s > 0.0) {
                polygon points=(wedge(i, *share)) fill=(if moves { "#d0d0d0" } else { "#5c5c5c" }) {}
            }
            text x=(cx) y="11" text-anchor="middle" { "up" }
            text x=(cx) y=(HEIGHT - 3.0) text-anchor="middle" { "down" }
            text x=(cx - r - 8.0) y=(cy + 4.0) text-anchor="end" { "left" }
            text x=(cx + r + 8.0) y=(cy + 4.0) { "right" }
            @if !moves { text x=(WIDTH - RIGHT) y="11" text-anchor="end" { "no motion" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_stay_in_their_frame() {
        let line = Line { name: "", colour: "#fff", points: (1..=9).map(|i| (f64::from(i), f64::from(i) * 3.0)).collect() };
        let svg = curves(&Axis::from_zero("levels", 4.0).limit(10.0), &[line]).into_string();
        let points = svg.split("points=\"").nth(1).and_then(|s| s.split('"').next()).unwrap();
        for p in points.split(' ') {
            let (x, y) = p.split_once(',').map(|(x, y)| (x.parse::<f64>().unwrap(), y.parse::<f64>().unwrap())).unwrap();
            assert!((LEFT..=WIDTH).contains(&x) && (TOP..=HEIGHT - BOTTOM).contains(&y), "{p}");
        }
        assert!(svg.contains("stroke-dasharray"));
        assert!(curves(&Axis::around("x", 1.0), &[]).into_string().contains("too few"));
    }

    #[test]
    fn the_rose_points_where_the_content_goes() {
        let mut shares = [0.0; 16];
        shares[8] = 1.0;
        let svg = rose(&shares, true).into_string();
        let points = svg.split("points=\"").nth(1).and_then(|s| s.split('"').next()).unwrap();
        let xs: Vec<f64> = points.split(' ').map(|p| p.split(',').next().unwrap().parse().unwrap()).collect();
        assert!(xs.iter().skip(1).all(|x| *x < WIDTH / 2.0 - 20.0), "{xs:?}");
    }
}
