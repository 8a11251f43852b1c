//! What a scheduler remembers between two steps, for a run that goes on later.

use serde::{Deserialize, Serialize};

/// Opaque: only the scheduler that gave it can read it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(super) numbers: Vec<u32>,
    pub(super) tensors: Vec<Vec<f32>>,
}

impl State {
    /// Little-endian: the count of numbers, the numbers, the count of tensors, and for each its length and its values.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let count = |out: &mut Vec<u8>, n: usize| out.extend((n as u64).to_le_bytes());
        count(&mut out, self.numbers.len());
        self.numbers.iter().for_each(|n| out.extend(n.to_le_bytes()));
        count(&mut out, self.tensors.len());
        for tensor in &self.tensors {
            count(&mut out, tensor.len());
            tensor.iter().for_each(|v| out.extend(v.to_le_bytes()));
        }
        out
    }

    /// The reverse; `None` where the bytes are torn.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let numbers = words(&mut rest)?.map(u32::from_le_bytes).collect();
        let count = length(&mut rest)?;
        let mut tensors = Vec::new();
        for _ in 0..count {
            tensors.push(words(&mut rest)?.map(f32::from_le_bytes).collect());
        }
        rest.is_empty().then_some(Self { numbers, tensors })
    }
}

fn length(rest: &mut &[u8]) -> Option<usize> {
    let (count, tail) = rest.split_first_chunk::<8>()?;
    *rest = tail;
    usize::try_from(u64::from_le_bytes(*count)).ok()
}

fn words<'a>(rest: &mut &'a [u8]) -> Option<impl Iterator<Item = [u8; 4]> + 'a> {
    let count = length(rest)?;
    let (body, tail) = rest.split_at_checked(count.checked_mul(4)?)?;
    *rest = tail;
    Some(body.as_chunks::<4>().0.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_hold_it_and_torn_ones_are_noticed() {
        let state = State { numbers: vec![3, 7], tensors: vec![vec![1.5, -0.0], vec![]] };
        let bytes = state.to_bytes();
        assert_eq!(State::from_bytes(&bytes), Some(state));
        assert!((0..bytes.len()).all(|n| State::from_bytes(&bytes[..n]).is_none()));
        assert_eq!(State::from_bytes(&[bytes, vec![0]].concat()), None);
        assert_eq!(State::from_bytes(&[0xff; 24]), None);
    }
}
