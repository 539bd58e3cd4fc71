// Answers photos over HTTP, in a server of your own.
//
//   Server RUN PORT
import Foundation
import Hummingbird
import TransferLearning

guard CommandLine.arguments.count == 3, let port = Int(CommandLine.arguments[2]) else {
  print("usage: Server RUN PORT")
  exit(64)
}
let classifier = try Classifier(CommandLine.arguments[1])

struct Answer: ResponseEncodable {
  let label: String
  let probability: Float
}

let router = Router()
router.post("/") { request, _ -> Answer in
  let bytes = [UInt8](try await request.body.collect(upTo: 10 << 20).readableBytesView)
  // On a thread of its own: those of the server have others to answer.
  let outcome = await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: Result { try classifier(bytes) }) }
  }
  switch outcome {
  case .success(let answer):
    return Answer(label: answer.best.label, probability: answer.best.probability)
  case .failure(let reason):
    throw HTTPError(.unprocessableContent, message: "\(reason)")
  }
}
let address = ApplicationConfiguration(address: .hostname("127.0.0.1", port: port))
try await Application(router: router, configuration: address).runService()
