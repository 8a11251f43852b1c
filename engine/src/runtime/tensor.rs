//! What goes into a graph and what comes out: families work in fp32, a graph may be declared in half precision.
//! The one place where numbers change their type.

use std::collections::HashMap;

use half::{bf16, f16};
use ndarray::{ArrayD, ArrayViewD};
use ort::session::SessionInputValue;
use ort::value::{DynValue, Tensor, TensorElementType, TensorRef, ValueType};

/// A tensor handed to a graph.
pub enum Input<'a> {
    /// fp32; given to the graph as the type it declares.
    Float(ArrayViewD<'a, f32>),
    /// int64; given to the graph as the type it declares.
    Int(ArrayViewD<'a, i64>),
}

/// Outputs by name, as fp32.
pub type Outputs = HashMap<String, ArrayD<f32>>;

/// An input or output as the graph declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its element type.
    pub element: TensorElementType,
    /// Its dimensions; −1 where they are free.
    pub dimensions: Vec<i64>,
}

impl Port {
    pub(super) fn of(name: &str, dtype: &ValueType) -> Self {
        let (element, dimensions) = match dtype {
            ValueType::Tensor { ty, shape, .. } => (*ty, shape.to_vec()),
            _ => (TensorElementType::Undefined, Vec::new()),
        };
        Self { name: name.into(), element, dimensions }
    }

    /// Whether a tensor of these dimensions could be meant; `None` stands for any size.
    pub fn takes(&self, dimensions: &[Option<usize>]) -> bool {
        let fits = |(declared, wanted): (&i64, &Option<usize>)| match (usize::try_from(*declared), wanted) {
            (Ok(declared), Some(wanted)) => declared == *wanted,
            _ => true,
        };
        self.dimensions.len() == dimensions.len() && self.dimensions.iter().zip(dimensions).all(fits)
    }
}

impl<'a> Input<'a> {
    /// The tensor as a graph that declares `element` takes it; borrowed where the type is the same already.
    pub(super) fn into_value(self, element: TensorElementType) -> ort::Result<SessionInputValue<'a>> {
        Ok(match (self, element) {
            (Input::Float(a), TensorElementType::Float32) if a.is_standard_layout() => TensorRef::from_array_view(a)?.into(),
            (Input::Int(a), TensorElementType::Int64) if a.is_standard_layout() => TensorRef::from_array_view(a)?.into(),
            (input, element) => input.into_owned_value(element)?.into(),
        })
    }

    /// The same, copied.
    pub(super) fn into_owned_value(self, element: TensorElementType) -> ort::Result<DynValue> {
        Ok(match (self, element) {
            (Input::Float(a), TensorElementType::Float16) => Tensor::from_array(a.mapv(f16::from_f32))?.into_dyn(),
            (Input::Float(a), TensorElementType::Bfloat16) => Tensor::from_array(a.mapv(bf16::from_f32))?.into_dyn(),
            // A whole number on its way to a graph that counts in int64, such as a time step.
            (Input::Float(a), TensorElementType::Int64) => Tensor::from_array(a.mapv(|v| v as i64))?.into_dyn(),
            (Input::Float(a), _) => Tensor::from_array(a.as_standard_layout().into_owned())?.into_dyn(),
            (Input::Int(a), TensorElementType::Float32) => Tensor::from_array(a.mapv(|v| v as f32))?.into_dyn(),
            (Input::Int(a), TensorElementType::Int32) => Tensor::from_array(a.mapv(|v| v as i32))?.into_dyn(),
            (Input::Int(a), _) => Tensor::from_array(a.as_standard_layout().into_owned())?.into_dyn(),
        })
    }
}

/// A graph's output as fp32.
pub(super) fn to_float(value: &DynValue) -> ort::Result<ArrayD<f32>> {
    let element = match value.dtype() {
        ValueType::Tensor { ty, .. } => *ty,
        _ => TensorElementType::Undefined,
    };
    Ok(match element {
        TensorElementType::Float16 => value.try_extract_array::<f16>()?.mapv(f16::to_f32),
        TensorElementType::Bfloat16 => value.try_extract_array::<bf16>()?.mapv(bf16::to_f32),
        _ => value.try_extract_array::<f32>()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_takes_what_it_leaves_free_and_refuses_what_it_fixes() {
        let port = Port { name: "latent".into(), element: TensorElementType::Float32, dimensions: vec![-1, 36, -1] };
        assert!(port.takes(&[Some(2), Some(36), None]));
        assert!(port.takes(&[None, None, Some(7)]));
        assert!(!port.takes(&[None, Some(32), None]));
        assert!(!port.takes(&[None, Some(36)]));
    }
}
