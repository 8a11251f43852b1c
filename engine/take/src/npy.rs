//! NumPy's `.npy` files, version 1.0, fp32 little endian in C order (numpy/lib/format.py): exact, and read everywhere.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use bytemuck::cast_slice;

const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";
/// Magic, two bytes of header length, header: the whole is a multiple of this.
const ALIGNMENT: usize = 64;
/// Longest header read, bytes.
const LONGEST: usize = 4096;
/// Most values a file may announce: 32 GiB.
const MOST: usize = 1 << 33;

/// Writes the header of an array of that shape; its values follow with [`write_values`].
pub fn write_header(shape: &[usize], out: &mut impl Write) -> io::Result<()> {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{comma}), }}", sides.join(", "));
    let before = MAGIC.len() + 2;
    let whole = (before + header.len() + 1).next_multiple_of(ALIGNMENT);
    header.extend(std::iter::repeat_n(' ', whole - before - header.len() - 1));
    header.push('\n');
    let length = u16::try_from(header.len()).map_err(io::Error::other)?;
    out.write_all(MAGIC)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(header.as_bytes())
}

/// Writes values after a header.
pub fn write_values(values: &[f32], out: &mut impl Write) -> io::Result<()> {
    if cfg!(target_endian = "little") {
        return out.write_all(cast_slice(values));
    }
    values.iter().try_for_each(|v| out.write_all(&v.to_le_bytes()))
}

/// Shape and values of the file at `path`. A file of another type, or cut short, is `InvalidData` with the reason.
pub fn read(path: &Path) -> io::Result<(Vec<usize>, Vec<f32>)> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let (shape, before) = read_header(&mut file)?;
    let count = shape.iter().try_fold(1usize, |n, side| n.checked_mul(*side)).filter(|n| *n <= MOST);
    let count = count.ok_or_else(|| damaged("it announces too many values"))?;
    if size != before as u64 + 4 * count as u64 {
        return Err(damaged("its length is not that of its shape"));
    }
    let mut values = vec![0f32; count];
    file.read_exact(bytemuck::cast_slice_mut(&mut values))?;
    if cfg!(target_endian = "big") {
        values.iter_mut().for_each(|v| *v = f32::from_bits(v.to_bits().swap_bytes()));
    }
    Ok((shape, values))
}

/// Shape of the file at `path`, whose length is checked and whose values are not read.
pub fn shape(path: &Path) -> io::Result<Vec<usize>> {
    let mut file = File::open(path)?;
    let (shape, before) = read_header(&mut file)?;
    let bytes = shape.iter().try_fold(4usize, |n, side| n.checked_mul(*side)).and_then(|n| n.checked_add(before));
    if bytes.is_some_and(|n| n as u64 == file.metadata().map_or(0, |m| m.len())) {
        return Ok(shape);
    }
    Err(damaged("its length is not that of its shape"))
}

/// Shape, and bytes before the values.
fn read_header(file: &mut impl Read) -> io::Result<(Vec<usize>, usize)> {
    let mut start = [0u8; MAGIC.len() + 2];
    file.read_exact(&mut start)?;
    let (magic, length) = start.split_at(MAGIC.len());
    let length = usize::from(u16::from_le_bytes(length.try_into().map_err(io::Error::other)?));
    if magic != MAGIC || length > LONGEST {
        return Err(damaged("it is not an npy file of version 1.0"));
    }
    let mut header = vec![0u8; length];
    file.read_exact(&mut header)?;
    let header = String::from_utf8(header).map_err(|_| damaged("its header is not text"))?;
    let value = |key: &str| header.split_once(key).and_then(|(_, rest)| rest.trim_start().strip_prefix(':')).map(str::trim_start);
    if !value("'descr'").is_some_and(|v| v.starts_with("'<f4'")) || !value("'fortran_order'").is_some_and(|v| v.starts_with("False")) {
        return Err(damaged("it does not hold fp32 in C order"));
    }
    let sides = value("'shape'").and_then(|v| v.strip_prefix('(')).and_then(|v| v.split_once(')')).map(|(sides, _)| sides);
    let sides = sides.ok_or_else(|| damaged("its header has no shape"))?;
    let sides = sides.split(',').map(str::trim).filter(|s| !s.is_empty()).map(|s| s.parse().map_err(|_| damaged("its shape is no number")));
    Ok((sides.collect::<io::Result<_>>()?, start.len() + length))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(shape: &[usize], values: &[f32]) -> Vec<u8> {
        let mut out = Vec::new();
        write_header(shape, &mut out).unwrap();
        write_values(values, &mut out).unwrap();
        out
    }

    /// What `numpy.save` writes for `np.array([[1, -2.5, 3e-8]], np.float32)`.
    #[test]
    fn the_bytes_are_numpys() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
        let mut want = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        want.extend(format!("{header:<117}\n").bytes());
        want.extend([1f32, -2.5, 3e-8].iter().flat_map(|v| v.to_le_bytes()));
        assert_eq!(bytes(&[1, 3], &[1.0, -2.5, 3e-8]), want);
        assert!(String::from_utf8_lossy(&bytes(&[2], &[1.0, 2.0])).contains("'shape': (2,), "));
    }

    #[test]
    fn arrays_come_back_to_the_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        let values: Vec<f32> = (0..24).map(|i| (i as f32).sin() * 1e-3).chain([f32::MIN_POSITIVE, -0.0]).collect();
        std::fs::write(&path, bytes(&[2, 13, 1], &values)).unwrap();
        let (shape, back) = read(&path).unwrap();
        assert_eq!(shape, [2, 13, 1]);
        assert!(back.iter().zip(&values).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(super::shape(&path).unwrap(), [2, 13, 1]);
    }

    #[test]
    fn what_is_no_such_file_is_refused_with_a_reason() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        let good = bytes(&[2, 2], &[1.0; 4]);
        let mut longer = good.clone();
        longer.push(0);
        let text = |from: &str, to: &str| {
            let at = good.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
            let mut changed = good.clone();
            changed[at..at + from.len()].copy_from_slice(to.as_bytes());
            changed
        };
        let cases = [
            (good[..5].to_vec(), ""),
            (good[..good.len() - 1].to_vec(), "length"),
            (longer, "length"),
            (text("NUMPY", "JUMPY"), "not an npy"),
            (text("<f4", "<f8"), "fp32"),
            (text("False", "True "), "C order"),
            (text("(2, 2)", "(2, x)"), "no number"),
            (text("'shape'", "'shade'"), "no shape"),
            (bytes(&[usize::MAX, usize::MAX], &[]), ""),
        ];
        for (wrong, words) in cases {
            std::fs::write(&path, &wrong).unwrap();
            let said = read(&path).unwrap_err().to_string();
            assert!(said.contains(words), "{said}");
            assert!(super::shape(&path).is_err());
        }
    }
}
