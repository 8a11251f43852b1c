//! What a file is, by its first bytes; its name may lie.

use super::Kind;

/// Bytes worth looking at.
pub(super) const ENOUGH: u64 = 512;

/// What a file seems to be.
pub(super) enum Seems {
    Picture(Kind),
    Other(&'static str),
}

/// Signatures of files people hand over by mistake, at the start of the file.
const OTHERS: &[(&[u8], &str)] = &[
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP picture"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF"),
    (b"SDPX", "a DPX picture"),
    (b"XPDS", "a DPX picture"),
    (b"#?RADIANCE", "a Radiance HDR picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"FUJIFILMCCD-RAW", "a camera raw file"),
    (b"IIU\0", "a camera raw file"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"WKFRAME1", "a frame of Wakeframe's take store"),
];

pub(super) fn sniff(head: &[u8]) -> Seems {
    let is = |magic: &[u8]| head.starts_with(magic);
    if is(b"\x89PNG\r\n\x1a\n") {
        return Seems::Picture(Kind::Png);
    }
    if is(b"\xff\xd8\xff") {
        return Seems::Picture(Kind::Jpeg);
    }
    if is(b"\x76\x2f\x31\x01") {
        return Seems::Picture(Kind::Exr);
    }
    if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|m| is(*m)) {
        // Canon's raw files are TIFF files with a mark behind the header; decoding one would give its thumbnail.
        return if head.get(8..10) == Some(b"CR") { Seems::Other("a camera raw file") } else { Seems::Picture(Kind::Tiff) };
    }
    if let Some((_, name)) = OTHERS.iter().find(|(magic, _)| is(magic)) {
        return Seems::Other(name);
    }
    Seems::Other(match (head.get(..4), head.get(4..8), head.get(8..12)) {
        (None, ..) if head.is_empty() => "an empty file",
        (Some(b"RIFF"), _, Some(b"WEBP")) => "a WebP picture",
        (Some(b"RIFF"), _, Some(b"AVI ")) => "an AVI video",
        (_, Some(b"ftyp"), Some(b"heic" | b"heix" | b"mif1" | b"heim" | b"heis")) => "a HEIF picture",
        (_, Some(b"ftyp"), Some(b"avif" | b"avis")) => "an AVIF picture",
        (_, Some(b"ftyp"), Some(b"crx ")) => "a camera raw file",
        (_, Some(b"ftyp"), _) => "an MP4 or QuickTime video",
        _ if looks_like_text(head) => "a text file",
        _ => "a file of unknown kind",
    })
}

fn looks_like_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be cut by the end of the look.
        Err(e) if head.len() - e.valid_up_to() < 4 => {
            std::str::from_utf8(head.get(..e.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|c| !c.is_control() || c.is_whitespace())
}
