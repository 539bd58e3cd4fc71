import Foundation

/// Real Keras, which tests ask for the truth where it is installed.
///
/// `$KERAS_VENV` names a Python environment with keras, tensorflow-cpu and h5py. Tests that need it
/// say `.enabled(if: Keras.isAvailable, "\(Keras.hint)")`.
public enum Keras {
  private static let python: String? = ProcessInfo.processInfo.environment["KERAS_VENV"].map {
    $0 + "/bin/python"
  }

  public static var isAvailable: Bool { python != nil }

  public static let hint = "needs real Keras: set KERAS_VENV to a Python environment that has it"

  /// Runs a script in `folder`, with `keras`, `h5py`, `np` and `L` (Keras's layers) imported.
  /// - Returns: the end of what it said when it ended with an exception; else `nil`.
  public static func failure(of script: String, in folder: URL) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: python ?? "")
    process.arguments = [
      "-c", "import keras, h5py, numpy as np\nfrom keras import layers as L\n" + script,
    ]
    process.currentDirectoryURL = folder
    process.environment = [
      "TF_CPP_MIN_LOG_LEVEL": "3", "PATH": "/usr/bin:/bin", "HOME": folder.path,
    ]
    let output = Pipe()
    process.standardError = output
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus == 0 ? nil : String(text.suffix(2000))
  }
}
