/// The regions an operation works on; which ones it needs is said at `Operation`.
package struct Operands: Sendable {
  package var source: Region?
  package var second: Region?
  package var weights: Region?
  package var bias: Region?
  package var destination: Region?
  package var workspace: Region?

  package init(
    source: Region? = nil, second: Region? = nil, weights: Region? = nil, bias: Region? = nil,
    destination: Region? = nil, workspace: Region? = nil
  ) {
    self.source = source
    self.second = second
    self.weights = weights
    self.bias = bias
    self.destination = destination
    self.workspace = workspace
  }
}
