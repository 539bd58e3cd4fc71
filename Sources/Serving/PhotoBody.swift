import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import TransferLearning

/// How many bytes of requests are held, of all that may be.
final class HeldBytes: Sendable {
  private let limit: Int
  private let held = Mutex(0)

  init(limit: Int) { self.limit = limit }

  var count: Int { held.withLock(\.self) }

  /// What one request holds of them, given back with it. Not `Sendable`: of one task.
  fileprivate final class Share {
    private let all: HeldBytes
    private var count = 0

    init(of all: HeldBytes) { self.all = all }

    /// Whether there is room for so many more; they are taken then.
    func take(_ more: Int) -> Bool {
      let isTaken = all.held.withLock {
        guard $0 + more <= all.limit else { return false }
        $0 += more
        return true
      }
      if isTaken { count += more }
      return isTaken
    }

    deinit { all.held.withLock { $0 -= count } }
  }
}

/// The photos of a request, held until it is answered.
struct PhotoBody {
  struct Photo {
    /// As its sender calls it.
    let name: String
    let bytes: ByteBuffer
  }

  /// What a photo is called that came without a name.
  private static let unnamed = "photo"

  let photos: [Photo]
  private let share: HeldBytes.Share

  /// Receives a body and finds the photos in it.
  /// - Throws: `Refusal` for a body that is too large, incomplete, no photo and no form with photos, or where there is no
  ///   room; what a connection throws that is broken.
  init(of request: Request, _ limits: ServingLimits, _ memory: HeldBytes) async throws {
    share = HeldBytes.Share(of: memory)
    let body = try await Self.receive(request, limits, share)
    photos = try Self.photos(in: body, request)
  }

  private static func photos(in body: ByteBuffer, _ request: Request) throws -> [Photo] {
    guard body.readableBytes > 0 else {
      throw Refusal(
        .badRequest, "the request has no body; send the bytes of a photo, or a form with files")
    }
    do throws(Multipart.Malformed) {
      let type = request.headers[.contentType] ?? ""
      guard let boundary = try Multipart.boundary(ofType: type) else {
        return [Photo(name: unnamed, bytes: body)]
      }
      let files = try Multipart.files(
        in: body, boundary: boundary, limit: ServingLimits.photosInRequest)
      guard !files.isEmpty else {
        throw Multipart.Malformed(reason: "holds no file; send photos as files")
      }
      return files.enumerated().map {
        Photo(name: $1.name ?? "\(unnamed) \($0 + 1)", bytes: $1.bytes)
      }
    } catch {
      throw Refusal(.badRequest, "the form \(error.reason)")
    }
  }

  private static func receive(
    _ request: Request, _ limits: ServingLimits, _ share: HeldBytes.Share
  ) async throws -> ByteBuffer {
    let length = request.headers[.contentLength].flatMap(Int.init)
    guard length ?? 0 <= limits.bodyBytes else { throw Refusal.bodyTooLarge(limits.bodyBytes) }
    var body = ByteBuffer()
    // No more at once than has to be believed.
    body.reserveCapacity(min(length ?? 0, 1 << 20))
    for try await var part in request.body {
      guard body.readableBytes + part.readableBytes <= limits.bodyBytes else {
        throw Refusal.bodyTooLarge(limits.bodyBytes)
      }
      guard share.take(part.readableBytes) else {
        throw Refusal.busy("requests of others take all memory that is for them")
      }
      body.writeBuffer(&part)
    }
    guard length ?? body.readableBytes == body.readableBytes else {
      throw Refusal(.badRequest, "the request ended before its body did")
    }
    return body
  }
}
