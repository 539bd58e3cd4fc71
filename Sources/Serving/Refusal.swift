import Foundation
import HTTPTypes
import Hummingbird
import ImagePipeline
import TransferLearning

/// Why a request is not answered as it wants: a status, and one sentence that its sender can act upon.
struct Refusal: Error, Hashable {
  let status: HTTPResponse.Status
  let reason: String
  var headers = HTTPFields()

  init(_ status: HTTPResponse.Status, _ reason: String, headers: HTTPFields = HTTPFields()) {
    self.status = status
    self.reason = reason
    self.headers = headers
  }

  /// For whom there is no room at the moment.
  static func busy(_ reason: String) -> Refusal {
    Refusal(.serviceUnavailable, "\(reason); try again in a second", headers: [.retryAfter: "1"])
  }

  static func bodyTooLarge(_ limit: Int) -> Refusal {
    Refusal(.contentTooLarge, "a request's body may have \(limit) bytes here, and this has more")
  }

  /// The body of the answer.
  var json: ByteBuffer { ByteBuffer(bytes: Self.encoded(Text(error: reason))) }

  var response: Response { Response(status: status, headers: headers, json: json) }

  private struct Text: Encodable {
    let error: String
  }

  private static func encoded(_ text: Text) -> Data {
    // A text of strings can always be written.
    (try? CanonicalJSON.page(text)) ?? Data()
  }
}

extension HTTPResponse.Status {
  /// What a photo that gives no image is answered with.
  init(_ kind: ImageError.Kind) {
    self =
      switch kind {
      case .empty: .badRequest
      case .unsupported, .notAnImage: .unsupportedMediaType
      case .tooLarge: .contentTooLarge
      case .outOfMemory: .serviceUnavailable
      case .truncated, .corrupt, .unreadable, .notEncodable: .unprocessableContent
      }
  }
}

extension Response {
  /// Text of some type that nobody keeps.
  init(
    status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields(), type: String,
    _ body: ByteBuffer
  ) {
    var headers = headers
    headers[.contentType] = type
    headers[.cacheControl] = "no-store"
    headers[.xContentTypeOptions] = "nosniff"
    self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
  }

  /// JSON that is written already.
  init(
    status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields(), json: ByteBuffer
  ) {
    self.init(status: status, headers: headers, type: "application/json", json)
  }

  /// A value as the JSON that the program prints.
  init(status: HTTPResponse.Status = .ok, _ value: some Encodable) throws {
    self.init(status: status, json: ByteBuffer(bytes: try CanonicalJSON.page(value)))
  }
}
