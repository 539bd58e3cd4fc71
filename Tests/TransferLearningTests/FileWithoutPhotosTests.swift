import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("A base in a file")
struct FileWithoutPhotosTests {
  @Test("that reads no photos is at fault itself, not how it was asked for")
  func channelsFirst() throws {
    var network = Network(input: [3, 16, 16])
    try network.add("conv", Convolution2D(4, kernel: 3, padding: .same), to: network.input)
    try network.add("pool", GlobalAveragePooling2D(), to: network.output)
    try network.add("scores", Dense(2), to: network.output)
    let tensors = network.initialTensors(seed: 1)
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "first.h5")
      try writeKerasModel(network, named: "first", tensors, metadata: nil, to: file)
      let error = #expect(throws: WeightFileError.self) {
        try Base.Source(file.path).model(.features)
      }
      #expect(error?.kind == .bad)
      #expect(error?.description.contains("reads [3, 16, 16], not photos") == true)
    }
  }
}
