/// Names in the files of ConvNeXt's authors, whose weights timm has under names of its own.
enum FacebookNames {
  /// timm's names for those of a file, in the same order; the names themselves where it is none of these files.
  static func timms(of names: [String]) -> [String] {
    guard names.contains(where: { $0.hasPrefix("downsample_layers.0.0.") }) else { return names }
    return names.map(timms)
  }

  private static func timms(of name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    guard let first = parts.first, let last = parts.last else { return name }
    switch (first, parts.count) {
    case ("downsample_layers", 4):
      return parts[1] == "0"
        ? "stem.\(parts[2]).\(last)" : "stages.\(parts[1]).downsample.\(parts[2]).\(last)"
    case ("stages", 4...):
      let inside = parts[3...].map { layers[$0] ?? $0 }.joined(separator: ".")
      return "stages.\(parts[1]).blocks.\(parts[2]).\(inside)"
    case ("norm", 2): return "head.norm.\(last)"
    case ("head", 2): return "head.fc.\(last)"
    default: return name
    }
  }

  /// Layers of a block.
  private static let layers = ["dwconv": "conv_dw", "pwconv1": "mlp.fc1", "pwconv2": "mlp.fc2"]
}
