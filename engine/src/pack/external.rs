//! Which files a graph reads besides its own: ONNX' external data.
//!
//! A graph that names a file outside its pack, or one whose digest the pack does not give, must not be opened: ONNX
//! Runtime would read whatever stands there.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;
use prost::Message;

/// The parts of onnx.proto3 that can name external data; all else is skipped.
#[derive(Message)]
struct ModelProto {
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "25")]
    functions: Vec<FunctionProto>,
}

#[derive(Message)]
struct FunctionProto {
    #[prost(message, repeated, tag = "7")]
    node: Vec<NodeProto>,
}

#[derive(Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    node: Vec<NodeProto>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "15")]
    sparse_initializer: Vec<SparseTensorProto>,
}

#[derive(Message)]
struct NodeProto {
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<AttributeProto>,
}

#[derive(Message)]
struct AttributeProto {
    #[prost(message, optional, tag = "5")]
    t: Option<TensorProto>,
    #[prost(message, optional, tag = "6")]
    g: Option<GraphProto>,
    #[prost(message, repeated, tag = "10")]
    tensors: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    graphs: Vec<GraphProto>,
    #[prost(message, optional, tag = "22")]
    sparse_tensor: Option<SparseTensorProto>,
    #[prost(message, repeated, tag = "23")]
    sparse_tensors: Vec<SparseTensorProto>,
}

#[derive(Message)]
struct SparseTensorProto {
    #[prost(message, optional, tag = "1")]
    values: Option<TensorProto>,
    #[prost(message, optional, tag = "2")]
    indices: Option<TensorProto>,
}

#[derive(Message)]
struct TensorProto {
    #[prost(message, repeated, tag = "13")]
    external_data: Vec<StringStringEntryProto>,
}

#[derive(Message)]
struct StringStringEntryProto {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

/// The `location`s named in the graph at `path`.
pub fn locations(path: &Path) -> io::Result<BTreeSet<String>> {
    let file = File::open(path)?;
    // SAFETY: a pack's files are never changed in place; they are written beside their place and renamed.
    let bytes = unsafe { Mmap::map(&file) }?;
    let model = ModelProto::decode(bytes.as_ref()).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    let mut found = BTreeSet::new();
    if let Some(graph) = &model.graph {
        of_graph(graph, &mut found);
    }
    model.functions.iter().for_each(|f| of_nodes(&f.node, &mut found));
    Ok(found)
}

fn of_graph(graph: &GraphProto, found: &mut BTreeSet<String>) {
    graph.initializer.iter().for_each(|t| of_tensor(t, found));
    graph.sparse_initializer.iter().for_each(|t| of_sparse(t, found));
    of_nodes(&graph.node, found);
}

fn of_nodes(nodes: &[NodeProto], found: &mut BTreeSet<String>) {
    for a in nodes.iter().flat_map(|n| &n.attribute) {
        a.t.iter().chain(&a.tensors).for_each(|t| of_tensor(t, found));
        a.g.iter().chain(&a.graphs).for_each(|g| of_graph(g, found));
        a.sparse_tensor.iter().chain(&a.sparse_tensors).for_each(|t| of_sparse(t, found));
    }
}

fn of_sparse(tensor: &SparseTensorProto, found: &mut BTreeSet<String>) {
    tensor.values.iter().chain(&tensor.indices).for_each(|t| of_tensor(t, found));
}

fn of_tensor(tensor: &TensorProto, found: &mut BTreeSet<String>) {
    found.extend(tensor.external_data.iter().filter(|e| e.key == "location").map(|e| e.value.clone()));
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A graph with one weight kept in `location`, and one inside a branch's attribute.
    pub fn graph_with(location: &str) -> Vec<u8> {
        let tensor =
            |location: &str| TensorProto { external_data: vec![StringStringEntryProto { key: "location".into(), value: location.into() }] };
        let inner = GraphProto { initializer: vec![tensor(&format!("branch.{location}"))], ..Default::default() };
        let attribute = AttributeProto { g: Some(inner), ..Default::default() };
        let graph =
            GraphProto { initializer: vec![tensor(location)], node: vec![NodeProto { attribute: vec![attribute] }], ..Default::default() };
        ModelProto { graph: Some(graph), functions: Vec::new() }.encode_to_vec()
    }

    #[test]
    fn every_place_a_graph_can_hide_a_file_in_is_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("g.onnx");
        std::fs::write(&path, graph_with("w.data")).unwrap();
        assert_eq!(locations(&path).unwrap().into_iter().collect::<Vec<_>>(), ["branch.w.data", "w.data"]);
        std::fs::write(&path, b"\xff\xff\xff\xff").unwrap();
        assert!(locations(&path).is_err());
    }
}
