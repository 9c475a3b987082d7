//! Line charts as SVG. Coordinates are computed by additions and multiplications only, so that the files are the same on every
//! machine.

use std::fmt::Write as _;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 670.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 292.0;

/// Colours that can be distinguished without colour vision (Okabe and Ito), and dashes.
const STYLES: [(&str, &str); 6] = [
    ("#0072b2", "none"),
    ("#56b4e9", "7 3"),
    ("#d55e00", "none"),
    ("#e69f00", "6 2 2 2"),
    ("#009e73", "2 2"),
    ("#555555", "9 3"),
];

#[derive(Debug)]
pub(crate) struct Chart<'a> {
    pub(crate) title: String,
    pub(crate) across: Axis,
    pub(crate) up: Axis,
    pub(crate) lines: Vec<Line<'a>>,
}

#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) name: String,
    /// Value and label.
    pub(crate) ticks: Vec<(f64, String)>,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// Logarithmic: equal ratios have equal distances, for values well above one.
    pub(crate) logarithmic: bool,
}

#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) name: &'a str,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) drawn: Drawn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawn {
    Line,
    /// Separate points, joined only to guide the eye.
    Joined,
    Points,
}

impl Axis {
    /// Returns an axis from zero to the lowest power of ten that is not below `most`.
    pub(crate) fn decades(name: &str, most: f64) -> Self {
        let (mut ticks, mut tick) = (vec![(0.0, "0".to_owned())], 1_u32);
        loop {
            // A longer label has no space beside the axis.
            let label = match tick / 1_000_000 {
                0 => crate::table::grouped(u64::from(tick)),
                millions => format!("{millions} M"),
            };
            ticks.push((f64::from(tick), label));
            if f64::from(tick) >= most || tick >= 1_000_000_000 {
                break;
            }
            tick *= 10;
        }
        Self { name: name.to_owned(), ticks, least: 0.0, most: f64::from(tick), logarithmic: true }
    }

    /// Returns an axis from zero to `most`, with a tick at every multiple of `step`, labelled in units.
    pub(crate) fn even(name: &str, most: f64, step: f64, unit: f64) -> Self {
        let mut ticks = Vec::new();
        let mut tick = 0.0;
        while tick <= most {
            ticks.push((tick, format!("{}", tick / unit)));
            tick += step;
        }
        Self { name: name.to_owned(), ticks, least: 0.0, most, logarithmic: false }
    }

    fn share(&self, value: f64) -> f64 {
        let scaled = |value: f64| if self.logarithmic { log10(value + 1.0) } else { value };
        let (least, most) = (scaled(self.least), scaled(self.most));
        ((scaled(value) - least) / (most - least)).clamp(0.0, 1.0)
    }
}

impl Chart<'_> {
    pub(crate) fn svg(&self) -> String {
        let mut svg = String::new();
        let _ = writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             font-family=\"sans-serif\" font-size=\"12\">\n<title>{0}</title>\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
             <text x=\"{LEFT}\" y=\"22\" font-size=\"15\" font-weight=\"bold\">{0}</text>",
            escaped(&self.title)
        );
        self.draw_axes(&mut svg);
        // The first series is drawn on top.
        let lines: Vec<_> = self.lines.iter().zip(STYLES).collect();
        for (line, style) in lines.into_iter().rev() {
            self.draw(&mut svg, line, style);
        }
        self.draw_legend(&mut svg);
        svg.push_str("</svg>\n");
        svg
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.across.share(value)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.up.share(value)
    }

    fn draw_axes(&self, svg: &mut String) {
        for (value, label) in &self.up.ticks {
            let y = self.y(*value);
            let _ = writeln!(
                svg,
                "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#dddddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 6.0,
                y + 4.0
            );
        }
        for (value, label) in &self.across.ticks {
            let x = self.x(*value);
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {BOTTOM}v5\" stroke=\"#333333\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
                BOTTOM + 18.0
            );
        }
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\" fill=\"none\" stroke=\"#333333\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n<text x=\"{LEFT}\" y=\"40\">{}</text>",
            f64::midpoint(LEFT, RIGHT),
            BOTTOM + 38.0,
            escaped(&self.across.name),
            escaped(&self.up.name)
        );
    }

    fn draw(&self, svg: &mut String, line: &Line<'_>, (colour, dashes): (&str, &str)) {
        let mut path = String::new();
        for (x, y) in line.points.iter().map(|(x, y)| (self.x(*x), self.y(*y))) {
            let command = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{command}{x:.1} {y:.1}");
            if line.drawn != Drawn::Line {
                let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>");
            }
        }
        if line.drawn == Drawn::Points {
            return;
        }
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-dasharray=\"{dashes}\" stroke-linejoin=\"round\"/>"
        );
    }

    fn draw_legend(&self, svg: &mut String) {
        let mut y = TOP + 8.0;
        for (line, (colour, dashes)) in self.lines.iter().zip(STYLES) {
            let (from, to, text) = (RIGHT + 14.0, RIGHT + 42.0, RIGHT + 48.0);
            let _ = match line.drawn {
                Drawn::Points => write!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>",
                    f64::midpoint(from, to)
                ),
                Drawn::Line | Drawn::Joined => write!(
                    svg,
                    "<path d=\"M{from} {y:.1}H{to}\" stroke=\"{colour}\" stroke-width=\"2.4\" stroke-dasharray=\"{dashes}\"/>"
                ),
            };
            let _ = writeln!(svg, "<text x=\"{text}\" y=\"{:.1}\">{}</text>", y + 4.0, escaped(line.name));
            y += 20.0;
        }
    }
}

/// Computes the logarithm for values from 1, to within 1/65536, by multiplications and divisions only: the last digit of library
/// functions differs between platforms.
fn log10(mut value: f64) -> f64 {
    let (mut result, mut bit) = (0.0, 1.0);
    while value >= 10.0 {
        value /= 10.0;
        result += 1.0;
    }
    for _ in 0..16 {
        bit /= 2.0;
        value *= value;
        if value >= 10.0 {
            value /= 10.0;
            result += bit;
        }
    }
    result
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_right() {
        for (value, logarithm) in [(1.0, 0.0), (3.0, 0.477_12), (10.0, 1.0), (86_400.0, 4.936_51)] {
            assert!((log10(value) - logarithm).abs() < 1e-4, "of {value}");
        }
    }

    #[test]
    fn a_chart_keeps_its_lines_inside_and_its_text_escaped() {
        let chart = Chart {
            title: "a < b".to_owned(),
            across: Axis::even("s", 10.0, 5.0, 1.0),
            up: Axis::decades("per s", 70.0),
            lines: vec![Line { name: "x & y", points: vec![(0.0, 0.0), (10.0, 1e9)], drawn: Drawn::Line }],
        };
        let svg = chart.svg();
        assert!(svg.contains("a &lt; b") && svg.contains("x &amp; y"));
        assert!(svg.contains(&format!("M{LEFT:.1} {BOTTOM:.1}L{RIGHT:.1} {TOP:.1}")));
        assert_eq!(chart.up.ticks.len(), 4, "0, 1, 10, 100");
    }
}
