//! The host's memory, one checked row at a time.

use std::marker::PhantomData;

use super::{Components, Depth, Rect};
use crate::bridge::ffi::ImageFacts;
use crate::ofx;

/// Sides above this are no image but a fault.
const LONGEST_SIDE: usize = 1 << 16;

/// How an image lies in memory.
#[derive(Debug, Clone, Copy)]
struct Layout {
    bounds: Rect,
    depth: Depth,
    components: Components,
    premultiplied: bool,
    row_bytes: isize,
}

impl Layout {
    /// `None` for pixels of a sort the node does not read, or facts that contradict each other.
    fn of(facts: &ImageFacts) -> Option<Self> {
        let bounds = Rect::from(facts.bounds);
        let (depth, components) = (Depth::of(&facts.depth)?, Components::of(&facts.components)?);
        let row_bytes = isize::try_from(facts.row_bytes).ok()?;
        let needed = bounds.width().checked_mul(components.count() * depth.bytes())?;
        let sane = facts.data != 0 && !bounds.is_empty() && bounds.width().max(bounds.height()) <= LONGEST_SIDE;
        (sane && (bounds.height() == 1 || row_bytes.unsigned_abs() >= needed)).then_some(Self {
            bounds,
            depth,
            components,
            premultiplied: components == Components::Rgba && facts.premultiplication == ofx::PREMULTIPLIED,
            row_bytes,
        })
    }

    /// Offset from the lowest row's first pixel, and length, of the pixels `x1..x2` of row `y`.
    fn span(&self, y: i32, x1: i32, x2: i32) -> Option<(isize, usize)> {
        let b = &self.bounds;
        if y < b.y1 || y >= b.y2 || x1 < b.x1 || x2 > b.x2 || x1 >= x2 {
            return None;
        }
        let pixel = self.components.count() * self.depth.bytes();
        let across = usize::try_from(x1 - b.x1).ok()? * pixel;
        let offset = isize::try_from(y - b.y1).ok()?.checked_mul(self.row_bytes)?.checked_add(isize::try_from(across).ok()?)?;
        Some((offset, usize::try_from(x2 - x1).ok()? * pixel))
    }
}

/// An image to be read.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    layout: Layout,
    base: *const u8,
    lent: PhantomData<&'a [u8]>,
}

impl<'a> View<'a> {
    /// # Safety
    /// `facts` must tell the truth about memory that nobody writes during `'a`: each row of `bounds` lies whole at
    /// `data + (y − y1) · row_bytes`.
    pub unsafe fn new(facts: &'a ImageFacts) -> Option<Self> {
        Some(Self { layout: Layout::of(facts)?, base: facts.data as *const u8, lent: PhantomData })
    }

    /// The pixels there are.
    pub fn bounds(&self) -> Rect {
        self.layout.bounds
    }

    /// Bits of a value.
    pub fn depth(&self) -> Depth {
        self.layout.depth
    }

    /// Values of a pixel.
    pub fn components(&self) -> Components {
        self.layout.components
    }

    /// Whether colour is multiplied by alpha.
    pub fn premultiplied(&self) -> bool {
        self.layout.premultiplied
    }

    /// The pixels `x1..x2` of row `y`; empty where they do not all exist.
    pub fn row(&self, y: i32, x1: i32, x2: i32) -> &'a [u8] {
        match self.layout.span(y, x1, x2) {
            // SAFETY: `span` lies inside `bounds`, which `new` was promised to be readable.
            Some((offset, len)) => unsafe { std::slice::from_raw_parts(self.base.offset(offset), len) },
            None => &[],
        }
    }
}

/// An image to be written.
#[derive(Debug)]
pub struct ViewMut<'a> {
    layout: Layout,
    base: *mut u8,
    lent: PhantomData<&'a mut [u8]>,
}

impl<'a> ViewMut<'a> {
    /// # Safety
    /// As [`View::new`], and nobody else reads or writes that memory during `'a`.
    pub unsafe fn new(facts: &'a ImageFacts) -> Option<Self> {
        Some(Self { layout: Layout::of(facts)?, base: facts.data as *mut u8, lent: PhantomData })
    }

    /// The pixels there are.
    pub fn bounds(&self) -> Rect {
        self.layout.bounds
    }

    /// Bits of a value.
    pub fn depth(&self) -> Depth {
        self.layout.depth
    }

    /// Values of a pixel.
    pub fn components(&self) -> Components {
        self.layout.components
    }

    /// Whether colour is multiplied by alpha.
    pub fn premultiplied(&self) -> bool {
        self.layout.premultiplied
    }

    /// The pixels `x1..x2` of row `y`; empty where they do not all exist.
    pub fn row(&mut self, y: i32, x1: i32, x2: i32) -> &mut [u8] {
        match self.layout.span(y, x1, x2) {
            // SAFETY: `span` lies inside `bounds`, which `new` was promised to be writable and ours alone.
            Some((offset, len)) => unsafe { std::slice::from_raw_parts_mut(self.base.offset(offset), len) },
            None => &mut [],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::ffi::Window;

    fn facts(data: &[u8], row_bytes: i32, first: usize) -> ImageFacts {
        ImageFacts {
            data: data[first..].as_ptr() as usize,
            row_bytes,
            bounds: Window { x1: -1, y1: 2, x2: 1, y2: 4 },
            depth: ofx::BYTE.into(),
            components: ofx::RGB.into(),
            ..Default::default()
        }
    }

    #[test]
    fn rows_go_up_or_down_padded_or_not() {
        let data: Vec<u8> = (0..20).collect();
        // SAFETY: both describe `data`.
        let (up, down) = (facts(&data, 10, 0), facts(&data, -10, 10));
        let (up, down) = unsafe { (View::new(&up).unwrap(), View::new(&down).unwrap()) };
        assert_eq!(up.row(2, -1, 1), [0, 1, 2, 3, 4, 5]);
        assert_eq!(up.row(3, 0, 1), [13, 14, 15]);
        assert_eq!(down.row(2, -1, 0), [10, 11, 12]);
        assert_eq!(down.row(3, -1, 0), [0, 1, 2]);
    }

    #[test]
    fn nothing_outside_the_bounds_is_touched() {
        let data = [0u8; 20];
        let f = facts(&data, 10, 0);
        // SAFETY: describes `data`.
        let v = unsafe { View::new(&f).unwrap() };
        for (y, x1, x2) in [(1, -1, 1), (4, -1, 1), (2, -2, 1), (2, -1, 2), (2, 0, 0), (2, 1, 0)] {
            assert!(v.row(y, x1, x2).is_empty());
        }
    }

    #[test]
    fn facts_that_contradict_each_other_are_refused() {
        let data = [0u8; 20];
        let good = facts(&data, 10, 0);
        let bad = [
            ImageFacts { data: 0, ..good.clone() },
            ImageFacts { row_bytes: 5, ..good.clone() },
            ImageFacts { depth: "OfxBitDepthDouble".into(), ..good.clone() },
            ImageFacts { components: "OfxImageComponentYUVA".into(), ..good.clone() },
            ImageFacts { bounds: Window::default(), ..good.clone() },
            ImageFacts { bounds: Window { x1: i32::MIN, y1: 0, x2: i32::MAX, y2: 1 }, ..good.clone() },
        ];
        for f in &bad {
            // SAFETY: refused before any memory is read.
            assert!(unsafe { View::new(f) }.is_none(), "{f:?}");
        }
    }
}
