/// How photos become the numbers that a network was trained with, by name.
public enum PreprocessingName: String, Codable, Hashable, Sendable, CaseIterable {
  /// 0...255 as they are.
  case none
  /// 0...1.
  case unit
  /// −1...1, Keras's "tf".
  case signed
  /// Keras's "caffe".
  case caffe
  /// Keras's "torch".
  case torch

  /// The numbers that go by this name.
  public var preprocessing: Preprocessing {
    switch self {
    case .none: .none
    case .unit: .unit
    case .signed: .signed
    case .caffe: .caffe
    case .torch: .torch
    }
  }
}
