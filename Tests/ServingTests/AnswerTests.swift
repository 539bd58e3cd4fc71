import Foundation
import Serving
import TestSupport
import Testing
import TransferLearning

@Suite("Photos that are sent to a server")
struct AnswerTests {
  @Test(
    "have the answers of files, bit for bit, alone, together in a form, and beside those of others",
    arguments: [SmallNetwork.plain, .filtered], [1, 3, 16])
  func sameAnswers(network: SmallNetwork, batchSize: Int) async throws {
    var limits = ServingLimits.patient
    limits.batchSize = batchSize
    try await ServedForTest.run(network, limits) { served in
      let photos = photos(11)
      let expected = try served.expected(photos)
      #expect(Set(expected).count == photos.count, "photos that nothing tells apart prove nothing")
      #expect(try served.expected([photos[0]]) == [expected[0]], "files are answered so, too")
      let alone = try await served.ask("POST", "/predict", photos[0])
      #expect(alone.status == 200)
      #expect(try alone.predictions().map(\.top) == [expected[0]])
      let together = try await served.ask(
        "POST", "/predict", form(photos.enumerated().map { ("\($0).jpg", $1) }),
        type: "multipart/form-data; boundary=x-boundary")
      #expect(try together.predictions().map(\.top) == expected)
      #expect(try together.predictions().map(\.path) == photos.indices.map { "\($0).jpg" })
      try await withThrowingTaskGroup(of: Void.self) { group in
        for client in 0..<6 {
          group.addTask {
            let order = photos.indices.map { ($0 * (client + 1) + client) % photos.count }
            let tops = try await onConnection(to: served.port) { connection in
              try order.map { index in
                connection.send("POST", "/predict", photos[index])
                return try connection.receive().predictions()[0].top
              }
            }
            #expect(tops == order.map { expected[$0] }, "client \(client)")
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("are answered with as many classes as are asked for, five otherwise")
  func top() async throws {
    try await ServedForTest.run { served in
      let photo = photos(1)[0]
      #expect(
        try await served.ask("POST", "/predict?top=2", photo).predictions()[0].top?.count == 2)
      #expect(
        try await served.ask("POST", "/predict?top=9", photo).predictions()[0].top?.count == 3)
      let classes = try await served.ask("POST", "/predict", photo).predictions()[0].top
      #expect(Set(classes?.map(\.class) ?? []) == Set(SmallNetwork.labels))
      for wrong in ["0", "-1", "x", "", "99999999999999999999"] {
        let answer = try await served.ask("POST", "/predict?top=\(wrong)", photo)
        #expect(answer.status == 400, "\(wrong)")
        #expect(try answer.error().hasPrefix("top is to be a whole number"))
      }
    }
  }

  @Test("one of which cannot be read, are answered but for that one")
  func oneUnreadable() async throws {
    try await ServedForTest.run { served in
      let photos = photos(2)
      let files = [("a.jpg", photos[0]), ("b.jpg", Array("text".utf8)), ("c.jpg", photos[1])]
      let answer = try await served.ask(
        "POST", "/predict", form(files), type: "multipart/form-data; boundary=\"x-boundary\"")
      #expect(answer.status == 200)
      let found = try answer.predictions()
      #expect(found.map(\.path) == ["a.jpg", "b.jpg", "c.jpg"])
      #expect(found.map { $0.top == nil } == [false, true, false])
      #expect(found[1].error?.isEmpty == false)
    }
  }

  @Test("are shown with what speaks for the most probable class, or for another one")
  func explanations() async throws {
    try await ServedForTest.run { served in
      let photo = photos(1)[0]
      let best = try #require(try served.expected([photo])[0].first)
      let look = try GradCAM(served.classifier, pool: WorkerPool(count: 1))
      for (query, label) in [
        ("", best.index), ("?class=\(best.index)", best.index), ("?class=0", 0),
      ] {
        let answer = try await served.ask("POST", "/explain\(query)", photo)
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "image/png")
        let expected = try look(decodeImage(photo), label: label).picture()
        #expect(try decodeImage(answer.body).pixels == expected.pixels, "\(query)")
      }
      let other = try await served.ask("POST", "/explain?class=3", photo)
      #expect(other.status == 400)
      let two = try await served.ask(
        "POST", "/explain", form([("a", photo), ("b", photo)]),
        type: "multipart/form-data; boundary=x-boundary")
      #expect(two.status == 400)
      #expect(try two.error() == "one photo is explained at a time, not 2")
    }
  }

  @Test("have no such picture where the network has no map, and the answer says so")
  func nothingToLookAt() async throws {
    try await ServedForTest.run(.flat) { served in
      let answer = try await served.ask("POST", "/explain", photos(1)[0])
      #expect(answer.status == 422)
      #expect(
        try answer.error()
          == "the network has no layer that gives an image, so there is nothing to show")
      #expect(try await served.ask("POST", "/predict", photos(1)[0]).status == 200)
    }
  }
}
