//! Host time → frame of the take. The one place where the node's clock is read.

/// What plays when the take is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterEnd {
    /// The last frame stays.
    Hold,
    /// The take again from its first frame.
    Loop,
    /// Back to the first frame and forth again; the end frames are not doubled.
    PingPong,
    /// Nothing.
    Black,
}

/// What belongs on the screen at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The take has not begun: the still.
    Before,
    /// That frame of the take.
    Frame(u32),
    /// The take is over: black.
    Black,
}

/// Hosts add up times in floating point: 24.999999 is frame 25. Less than this is not another frame.
const SLACK: f64 = 1e-4;

/// `frames` frames that start at `start_frame`.
///
/// Times between two frames belong to the earlier one, as a frame stands from its own time to the next one's; a
/// start between two frames moves the whole take by the same part of a frame.
pub fn at(host_time: f64, start_frame: f64, frames: u32, after_end: AfterEnd) -> Moment {
    let since = (host_time - start_frame + SLACK).floor();
    if !since.is_finite() || since < 0.0 || frames == 0 {
        return Moment::Before;
    }
    let last = f64::from(frames - 1);
    // Every value cast is whole and within 0…last.
    if since <= last {
        return Moment::Frame(since as u32);
    }
    match after_end {
        AfterEnd::Hold => Moment::Frame(frames - 1),
        AfterEnd::Loop => Moment::Frame((since % f64::from(frames)) as u32),
        AfterEnd::PingPong if frames == 1 => Moment::Frame(0),
        AfterEnd::PingPong => {
            let at = since % (2.0 * last);
            Moment::Frame(if at <= last { at } else { 2.0 * last - at } as u32)
        }
        AfterEnd::Black => Moment::Black,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AfterEnd::*;

    fn frames(range: std::ops::Range<i32>, start: f64, n: u32, after: AfterEnd) -> Vec<i32> {
        range
            .map(|t| match at(f64::from(t), start, n, after) {
                Moment::Before => -1,
                Moment::Frame(f) => f as i32,
                Moment::Black => -2,
            })
            .collect()
    }

    #[test]
    fn the_still_stands_before_the_start() {
        assert_eq!(frames(-1..4, 2.0, 24, Hold), [-1, -1, -1, 0, 1]);
    }

    #[test]
    fn after_the_end_as_asked() {
        assert_eq!(frames(1..9, 1.0, 3, Hold), [0, 1, 2, 2, 2, 2, 2, 2]);
        assert_eq!(frames(1..9, 1.0, 3, Loop), [0, 1, 2, 0, 1, 2, 0, 1]);
        assert_eq!(frames(1..9, 1.0, 3, PingPong), [0, 1, 2, 1, 0, 1, 2, 1]);
        assert_eq!(frames(1..9, 1.0, 3, Black), [0, 1, 2, -2, -2, -2, -2, -2]);
    }

    #[test]
    fn a_take_of_one_frame_never_ends_in_a_fault() {
        for after in [Hold, Loop, PingPong] {
            assert_eq!(frames(0..4, 1.0, 1, after), [-1, 0, 0, 0]);
        }
        assert_eq!(frames(0..3, 1.0, 0, Hold), [-1, -1, -1]);
    }

    #[test]
    fn times_between_frames_belong_to_the_earlier_one() {
        assert_eq!(at(3.5, 1.0, 24, Hold), Moment::Frame(2));
        assert_eq!(at(3.999, 1.0, 24, Hold), Moment::Frame(2));
        assert_eq!(at(0.999, 1.0, 24, Hold), Moment::Before);
        assert_eq!(at(3.0, 1.5, 24, Hold), Moment::Frame(1));
    }

    #[test]
    fn a_sum_of_tenths_is_the_frame_it_means() {
        let mut t = 1.0;
        for n in 0..24 {
            assert_eq!(at(t, 1.0, 24, Hold), Moment::Frame(n), "at {t}");
            for _ in 0..10 {
                t += 0.1;
            }
        }
    }

    #[test]
    fn times_no_clock_shows() {
        for t in [f64::NAN, f64::NEG_INFINITY, f64::INFINITY] {
            assert_eq!(at(t, 1.0, 24, Loop), Moment::Before);
        }
        assert!(matches!(at(1e15, 1.0, 24, PingPong), Moment::Frame(f) if f < 24));
    }
}
