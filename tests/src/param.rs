//! Parameters: their descriptions and values.

use std::fmt;

use crate::{Error, Result, bridge::ffi};

/// `kOfxParamPropType`
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // they are the types of ofxParam.h
pub enum ParamKind {
    Int,
    Double,
    Bool,
    Choice,
    Rgba,
    Rgb,
    Double2D,
    Int2D,
    Double3D,
    Int3D,
    String,
    Custom,
    PushButton,
    Group,
    Page,
    Other(String),
}

impl ParamKind {
    fn from_name(name: &str) -> Self {
        match name {
            "OfxParamTypeInteger" => ParamKind::Int,
            "OfxParamTypeDouble" => ParamKind::Double,
            "OfxParamTypeBoolean" => ParamKind::Bool,
            "OfxParamTypeChoice" => ParamKind::Choice,
            "OfxParamTypeRGBA" => ParamKind::Rgba,
            "OfxParamTypeRGB" => ParamKind::Rgb,
            "OfxParamTypeDouble2D" => ParamKind::Double2D,
            "OfxParamTypeInteger2D" => ParamKind::Int2D,
            "OfxParamTypeDouble3D" => ParamKind::Double3D,
            "OfxParamTypeInteger3D" => ParamKind::Int3D,
            "OfxParamTypeString" => ParamKind::String,
            "OfxParamTypeCustom" => ParamKind::Custom,
            "OfxParamTypePushButton" => ParamKind::PushButton,
            "OfxParamTypeGroup" => ParamKind::Group,
            "OfxParamTypePage" => ParamKind::Page,
            other => ParamKind::Other(other.to_owned()),
        }
    }

    fn is_whole(&self) -> bool {
        matches!(self, ParamKind::Int | ParamKind::Int2D | ParamKind::Int3D)
    }

    fn is_text(&self) -> bool {
        matches!(self, ParamKind::String | ParamKind::Custom)
    }

    fn has_value(&self) -> bool {
        !matches!(self, ParamKind::PushButton | ParamKind::Group | ParamKind::Page)
    }
}

impl fmt::Display for ParamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParamKind::Other(name) => f.write_str(name),
            kind => write!(f, "{kind:?}"),
        }
    }
}

/// A parameter's value.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamValue {
    /// A whole number, or the index of a choice.
    Int(i32),
    /// A number.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    String(String),
    /// The components of a colour, point or vector.
    Numbers(Vec<f64>),
}

impl From<i32> for ParamValue {
    fn from(value: i32) -> Self {
        ParamValue::Int(value)
    }
}

impl From<f64> for ParamValue {
    fn from(value: f64) -> Self {
        ParamValue::Double(value)
    }
}

impl From<bool> for ParamValue {
    fn from(value: bool) -> Self {
        ParamValue::Bool(value)
    }
}

impl From<&str> for ParamValue {
    fn from(value: &str) -> Self {
        ParamValue::String(value.to_owned())
    }
}

impl From<String> for ParamValue {
    fn from(value: String) -> Self {
        ParamValue::String(value)
    }
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParamValue::Int(value) => write!(f, "{value}"),
            ParamValue::Double(value) => write!(f, "{value}"),
            ParamValue::Bool(value) => write!(f, "{value}"),
            ParamValue::String(value) => f.write_str(value),
            ParamValue::Numbers(values) => {
                let texts: Vec<String> = values.iter().map(f64::to_string).collect();
                f.write_str(&texts.join(","))
            }
        }
    }
}

/// A parameter as a host's panel sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamInfo {
    /// Its name, which scripts use too unless `script_name` says otherwise.
    pub name: String,
    /// Its type.
    pub kind: ParamKind,
    /// What the panel shows.
    pub label: String,
    /// The tool tip.
    pub hint: String,
    /// `kOfxParamPropScriptName`
    pub script_name: String,
    /// The group it belongs to, or "".
    pub parent: String,
    /// Hidden.
    pub secret: bool,
    /// Not greyed out.
    pub enabled: bool,
    /// May be animated.
    pub animates: bool,
    /// Saved with the project.
    pub persistent: bool,
    /// A change asks for a new render.
    pub evaluate_on_change: bool,
    /// `kOfxParamPropStringMode`, for strings.
    pub string_mode: String,
    /// `kOfxParamPropDoubleType`, for doubles.
    pub double_type: String,
    /// The value at first, where it has one.
    pub default: Option<ParamValue>,
    /// Lowest and highest value of the first component, where set.
    pub range: Option<(f64, f64)>,
    /// Ends of the slider, where set.
    pub display_range: Option<(f64, f64)>,
    /// The options of a choice.
    pub choices: Vec<String>,
    /// The parameters on a page.
    pub children: Vec<String>,
}

impl ParamInfo {
    pub(crate) fn from_record(record: ffi::ParamRecord) -> Self {
        let kind = ParamKind::from_name(&record.kind);
        // HostSupport's own defaults say "no limit" by the type's, which text makes inexact.
        let range = |low: &[f64], high: &[f64]| match (low, high) {
            (&[low, ..], &[high, ..]) if low > -2_147_483_647.0 || high < 2_147_483_646.0 => Some((low, high)),
            _ => None,
        };
        ParamInfo {
            default: from_record(&kind, record.default_value),
            range: range(&record.minimum, &record.maximum),
            display_range: range(&record.display_minimum, &record.display_maximum),
            kind,
            name: record.name,
            label: record.label,
            hint: record.hint,
            script_name: record.script_name,
            parent: record.parent,
            secret: record.secret,
            enabled: record.enabled,
            animates: record.animates,
            persistent: record.persistent,
            evaluate_on_change: record.evaluate_on_change,
            string_mode: record.string_mode,
            double_type: record.double_type,
            choices: record.choices,
            children: record.children,
        }
    }

    /// The value a person wrote for this parameter: a choice by label or index, yes and no in
    /// words or as 0 and 1, several numbers by comma.
    pub fn parse(&self, text: &str) -> Result<ParamValue> {
        let bad = |reason: String| Error::Param { name: self.name.clone(), reason };
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| bad(format!("{text:?} is no number")));
        Ok(match &self.kind {
            kind if kind.is_text() => ParamValue::String(text.to_owned()),
            ParamKind::Int => ParamValue::Int(text.trim().parse().map_err(|_| bad(format!("{text:?} is no whole number")))?),
            ParamKind::Double => ParamValue::Double(number(text)?),
            ParamKind::Bool => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => ParamValue::Bool(true),
                "0" | "false" | "no" | "off" => ParamValue::Bool(false),
                _ => return Err(bad(format!("{text:?} is neither true nor false"))),
            },
            ParamKind::Choice => {
                let index = self
                    .choices
                    .iter()
                    .position(|choice| choice.eq_ignore_ascii_case(text.trim()))
                    .or_else(|| text.trim().parse().ok().filter(|i| *i < self.choices.len()));
                let index = index.ok_or_else(|| bad(format!("{text:?} is none of {}", self.choices.join(", "))))?;
                ParamValue::Int(index as i32)
            }
            kind if kind.has_value() => ParamValue::Numbers(text.split(',').map(number).collect::<Result<_>>()?),
            kind => return Err(bad(format!("a {kind} has no value"))),
        })
    }

    pub(crate) fn to_record(&self, value: ParamValue) -> Result<ffi::ValueRecord> {
        let numbers = match value {
            ParamValue::String(text) if self.kind.is_text() => {
                return Ok(ffi::ValueRecord { numbers: Vec::new(), text });
            }
            ParamValue::String(text) => return self.to_record(self.parse(&text)?),
            ParamValue::Int(value) => vec![f64::from(value)],
            ParamValue::Double(value) => vec![value],
            ParamValue::Bool(value) => vec![f64::from(u8::from(value))],
            ParamValue::Numbers(values) => values,
        };
        if self.kind.is_text() || !self.kind.has_value() {
            let reason = format!("a {} takes no number", self.kind);
            return Err(Error::Param { name: self.name.clone(), reason });
        }
        Ok(ffi::ValueRecord { numbers, text: String::new() })
    }
}

pub(crate) fn from_record(kind: &ParamKind, record: ffi::ValueRecord) -> Option<ParamValue> {
    if kind.is_text() {
        return Some(ParamValue::String(record.text));
    }
    match record.numbers.as_slice() {
        [] => None,
        [value] => Some(match kind {
            ParamKind::Bool => ParamValue::Bool(*value != 0.0),
            ParamKind::Choice => ParamValue::Int(*value as i32),
            kind if kind.is_whole() => ParamValue::Int(*value as i32),
            _ => ParamValue::Double(*value),
        }),
        _ => Some(ParamValue::Numbers(record.numbers)),
    }
}
