//! What a render shows. Facts in, plan out; nothing is read or written here.

use crate::time_map::Moment;

/// What is known when a frame is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// `WAKEFRAME_SAFE_MODE=1`.
    pub safe_mode: bool,
    /// The host wants a small picture for a list.
    pub thumbnail: bool,
    /// Nobody sits before the host, or the whole clip is being written: frames must be made now.
    pub on_demand: bool,
    /// Whether there is a still.
    pub still: bool,
    /// What belongs on the screen.
    pub moment: Moment,
    /// Whether the settings can be honoured.
    pub possible: bool,
    /// Whether the frame is in the store.
    pub made: bool,
    /// Whether a take of another size can stand in, and is at least as large.
    pub stand_in: Option<bool>,
    /// Whether the take's latest denoise step left small pictures.
    pub preview: bool,
}

/// Why the still is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The take has not begun.
    Before,
    /// Thumbnails never start a generation.
    Thumbnail,
    /// Safe mode.
    SafeMode,
    /// The settings cannot be honoured.
    Impossible,
    /// No take yet, and nobody asked for one.
    NotMade,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Black, for there is no still.
    NoStill,
    /// Black, for the take is over.
    Over,
    /// The still's own pixels.
    Still(Why),
    /// That frame.
    Frame(u32),
    /// That frame of the stand-in, resampled.
    StandIn(u32),
    /// The small picture of that frame after the latest denoise step.
    Preview(u32),
    /// Have it made, wait, show it.
    Make(u32),
}

/// Whether a render must make what is missing. A host without a person says it is in the background; a host that
/// writes a clip renders in sequence and not interactively.
pub fn on_demand(background: bool, interactive: bool, sequential: bool) -> bool {
    background || (!interactive && sequential)
}

/// The plan for a frame.
pub fn plan(f: &Facts) -> Plan {
    if !f.still {
        return Plan::NoStill;
    }
    if f.safe_mode {
        return Plan::Still(Why::SafeMode);
    }
    if f.thumbnail {
        return Plan::Still(Why::Thumbnail);
    }
    let n = match f.moment {
        Moment::Before => return Plan::Still(Why::Before),
        Moment::Black => return Plan::Over,
        Moment::Frame(n) => n,
    };
    if !f.possible {
        return Plan::Still(Why::Impossible);
    }
    if f.made {
        return Plan::Frame(n);
    }
    match f.stand_in {
        // A final render does not blow up a small take.
        Some(larger) if larger || !f.on_demand => Plan::StandIn(n),
        _ if f.on_demand => Plan::Make(n),
        _ if f.preview => Plan::Preview(n),
        _ => Plan::Still(Why::NotMade),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Facts = Facts {
        safe_mode: false,
        thumbnail: false,
        on_demand: false,
        still: true,
        moment: Moment::Frame(5),
        possible: true,
        made: false,
        stand_in: None,
        preview: false,
    };

    #[test]
    fn a_made_frame_is_shown_to_everybody() {
        for on_demand in [false, true] {
            assert_eq!(plan(&Facts { made: true, on_demand, ..BASE }), Plan::Frame(5));
            assert_eq!(plan(&Facts { made: true, on_demand, stand_in: Some(true), ..BASE }), Plan::Frame(5));
        }
    }

    #[test]
    fn a_missing_frame_is_made_only_on_demand() {
        assert_eq!(plan(&BASE), Plan::Still(Why::NotMade));
        assert_eq!(plan(&Facts { on_demand: true, ..BASE }), Plan::Make(5));
    }

    #[test]
    fn thumbnails_and_safe_mode_never_make_anything() {
        for made in [false, true] {
            assert_eq!(plan(&Facts { thumbnail: true, on_demand: true, made, ..BASE }), Plan::Still(Why::Thumbnail));
            assert_eq!(plan(&Facts { safe_mode: true, on_demand: true, made, ..BASE }), Plan::Still(Why::SafeMode));
        }
    }

    #[test]
    fn a_small_take_stands_in_for_the_eye_only() {
        assert_eq!(plan(&Facts { stand_in: Some(false), ..BASE }), Plan::StandIn(5));
        assert_eq!(plan(&Facts { stand_in: Some(true), on_demand: true, ..BASE }), Plan::StandIn(5));
        assert_eq!(plan(&Facts { stand_in: Some(false), on_demand: true, ..BASE }), Plan::Make(5));
    }

    #[test]
    fn a_take_under_way_shows_its_latest_step_to_the_eye_only() {
        let f = Facts { preview: true, ..BASE };
        assert_eq!(plan(&f), Plan::Preview(5));
        assert_eq!(plan(&Facts { on_demand: true, ..f }), Plan::Make(5));
        assert_eq!(plan(&Facts { stand_in: Some(false), ..f }), Plan::StandIn(5));
        assert_eq!(plan(&Facts { made: true, ..f }), Plan::Frame(5));
    }

    #[test]
    fn outside_the_take_nothing_is_made() {
        let f = Facts { on_demand: true, ..BASE };
        assert_eq!(plan(&Facts { moment: Moment::Before, ..f }), Plan::Still(Why::Before));
        assert_eq!(plan(&Facts { moment: Moment::Black, ..f }), Plan::Over);
        assert_eq!(plan(&Facts { possible: false, ..f }), Plan::Still(Why::Impossible));
        assert_eq!(plan(&Facts { still: false, ..f }), Plan::NoStill);
    }

    #[test]
    fn who_waits_for_frames() {
        assert!(on_demand(true, true, false), "MLT says background and everything else");
        assert!(on_demand(false, false, true), "Natron writing a clip");
        assert!(!on_demand(false, true, false), "Natron's viewer");
        assert!(!on_demand(false, true, true), "playback");
    }
}
