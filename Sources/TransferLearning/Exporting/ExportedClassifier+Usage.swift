import Foundation
import WeightFiles

extension ExportedClassifier {
  /// A few lines of Python that use an exported file; none for what this program alone reads.
  /// - Parameters:
  ///   - format: of the file.
  ///   - options: with which it was written.
  ///   - url: where it is.
  public func usage(
    of format: ExportFormat, _ options: ExportOptions = ExportOptions(), at url: URL
  ) -> [String] {
    let file = pythonText(url.relativePath)
    let size = network.inputShape.imageSize
    let photo =
      "photo = Image.open(\"photo.jpg\").convert(\"\(network.inputShape.channels == 1 ? "L" : "RGB")\")"
    let resized = ".resize((\(size.width), \(size.height)))"
    let axis = network.inputShape.channels == 1 ? "[None, ..., None]" : "[None]"
    switch format {
    case .keras, .kerasH5:
      return [
        "import keras, numpy as np; from PIL import Image",
        "model = keras.saving.load_model(\(file), compile=False)",
        "\(photo)\(resized)",
        "pixels = np.asarray(photo, np.float32)\(axis)"
          + (options.leavesOutPreprocessing ? "  # preprocessed as the file says" : ""),
        "print(model.predict(pixels))  # \(order)",
      ]
    case .onnx:
      let type = options.pixels == .uint8 ? "uint8" : "float32"
      return [
        "import onnxruntime, numpy as np; from PIL import Image",
        "session = onnxruntime.InferenceSession(\(file))",
        options.includesResize ? photo : "\(photo)\(resized)",
        "pixels = np.asarray(photo, np.\(type))\(options.includesResize ? "[None]" : axis)"
          + (options.leavesOutPreprocessing ? "  # preprocessed as the file says" : ""),
        "print(session.run(None, {\"\(ONNXLayout.inputName)\": pixels})[0])  # \(order)",
      ]
    case .safetensors:
      return name.hasPrefix("timm/") && moduleClassifier != nil
        ? [
          "import timm, safetensors.torch",
          "model = timm.create_model(\(pythonText(architecture)), num_classes=\(labels.count))",
          "model.load_state_dict(safetensors.torch.load_file(\(file)))",
          "model.eval()  # \(order)",
        ]
        : [
          "import safetensors.numpy",
          "tensors = safetensors.numpy.load_file(\(file))",
          "print({name: tensor.shape for name, tensor in tensors.items()})  # by the names of \(name.hasPrefix("timm/") ? "timm" : name.contains("/") ? "PyTorch" : "Keras")",
        ]
    case .head, .base: return []
    }
  }

  private var order: String {
    "in the order " + labels.prefix(8).joined(separator: ", ") + (labels.count > 8 ? ", …" : "")
  }

  private var architecture: String {
    String((name.split(separator: "/").last ?? "").prefix { $0 != "." })
  }

  /// A text as Python writes it.
  private func pythonText(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
