//! Names of stills, takes and settings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::frame_file::to_half;
use crate::picture::Picture;

macro_rules! hash_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// 64 hexadecimal digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub(super) fn from_hash(hash: blake3::Hash) -> Self {
                Self(hash.to_hex().to_string())
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(s: String) -> Result<Self, String> {
                let good = s.len() == 64 && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                if good { Ok(Self(s)) } else { Err(format!("“{s}” is not a hash of 64 hexadecimal digits")) }
            }
        }

        impl From<$name> for String {
            fn from(h: $name) -> String {
                h.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:.12}…)", stringify!($name), self.0)
            }
        }
    };
}

hash_name! {
    /// Names a still by its pixels as half floats.
    StillHash
}
hash_name! {
    /// Names a take by its whole request.
    TakeHash
}
hash_name! {
    /// Names a request without its stills and sizes: the same at every render scale.
    SettingsHash
}
hash_name! {
    /// Names the frames a model makes, before they are brought to the take's size and rate.
    GenerationHash
}

impl StillHash {
    /// Sixty-four zeros: stands where a name does not count.
    pub(super) fn none() -> Self {
        Self("0".repeat(64))
    }

    /// Hash of the picture's size and half-float values.
    pub fn of(picture: &Picture) -> Self {
        let mut h = blake3::Hasher::new();
        h.update(b"wakeframe still 1");
        for n in [picture.width(), picture.height(), picture.channels()] {
            h.update(&(n as u32).to_le_bytes());
        }
        h.update(bytemuck::cast_slice(&to_half(picture)));
        Self::from_hash(h.finalize())
    }
}

/// serde_json writes struct fields in order and every finite number in its shortest exact form, so equal values
/// give equal bytes.
pub(super) fn of_json(domain: &[u8], value: &impl Serialize) -> blake3::Hash {
    let mut h = blake3::Hasher::new();
    h.update(domain);
    h.update(&serde_json::to_vec(value).unwrap_or_default());
    h.finalize()
}
