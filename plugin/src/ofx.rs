//! OpenFX words and statuses the node decides with.

use ofx_sys as sys;

/// An action's answer.
pub type Status = sys::OfxStatus;

/// "Status code indicating all was fine".
pub const OK: Status = sys::eOfxStatus_OK;
/// "Status error code for a failed operation".
pub const FAILED: Status = sys::eOfxStatus_Failed;
/// "Status error code if the host should do its default".
pub const REPLY_DEFAULT: Status = sys::eOfxStatus_ReplyDefault;

/// The nul-terminated bytes bindgen makes of a macro, as text.
const fn word(bytes: &'static [u8]) -> &'static str {
    match std::ffi::CStr::from_bytes_with_nul(bytes) {
        Ok(c) => match c.to_str() {
            Ok(s) => s,
            Err(_) => panic!("an OpenFX word is not UTF-8"),
        },
        Err(_) => panic!("an OpenFX word is not nul-terminated"),
    }
}

/// 8-bit.
pub const BYTE: &str = word(sys::kOfxBitDepthByte);
/// 16-bit integer.
pub const SHORT: &str = word(sys::kOfxBitDepthShort);
/// 16-bit float.
pub const HALF: &str = word(sys::kOfxBitDepthHalf);
/// 32-bit float.
pub const FLOAT: &str = word(sys::kOfxBitDepthFloat);
/// Colour and alpha.
pub const RGBA: &str = word(sys::kOfxImageComponentRGBA);
/// Colour alone.
pub const RGB: &str = word(sys::kOfxImageComponentRGB);
/// Alpha alone.
pub const ALPHA: &str = word(sys::kOfxImageComponentAlpha);
/// Colour multiplied by alpha.
pub const PREMULTIPLIED: &str = word(sys::kOfxImagePreMultiplied);
/// The context with a time domain of its own.
pub const CONTEXT_GENERAL: &str = word(sys::kOfxImageEffectContextGeneral);

/// The input every filter has.
pub const SOURCE: &str = word(sys::kOfxImageEffectSimpleSourceClipName);
/// The output.
pub const OUTPUT: &str = word(sys::kOfxImageEffectOutputClipName);
/// Where the picture moves.
pub const MASK: &str = "Mask";
