/// The regions an operation works on; which ones it needs is said at `Operation`.
public struct Operands: Sendable {
  public var source: Region?
  public var second: Region?
  public var weights: Region?
  public var bias: Region?
  public var destination: Region?
  public var workspace: Region?

  public init(
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
