import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The page for people: the same for every model, since it asks the server what is served.
enum ServingPage {
  /// Nothing but the page's own style and script is used, whatever a class or a file is called.
  static var response: Response {
    var headers = HTTPFields()
    headers[.contentSecurityPolicy] = policy
    return Response(headers: headers, type: "text/html; charset=utf-8", ByteBuffer(string: text))
  }

  private static let policy = [
    "default-src 'none'", "script-src '\(digest(of: servingScript))'",
    "style-src '\(digest(of: servingStyle))'", "img-src blob: data:", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")

  private static func digest(of text: String) -> String {
    "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
  }

  private static let text = """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="same-origin">
    <title>What is on this photo?</title>
    <link rel="icon" href="data:,">
    <style>\(servingStyle)</style>
    </head>
    <body>
    <main>
    <header>
    <h1>What is on this photo?</h1>
    <p class="soft"><bdi id="model"></bdi> <span id="classes"></span></p>
    </header>
    <noscript><p class="note">This page asks the server by a script, which this browser does not run.</p></noscript>
    <section id="drop" aria-label="Photos">
    <p id="hint">Drop photos here, paste one, or</p>
    <p class="buttons">
    <label class="button"><input id="choose" type="file" accept="image/*" multiple>Choose photos</label>
    <label class="button"><input id="take" type="file" accept="image/*" capture="environment">Take a photo</label>
    </p>
    </section>
    <p id="status" class="soft" role="status"></p>
    <ol id="answers" reversed></ol>
    <footer class="soft">Photos go to this server only. It answers and forgets them: none is written to a disk or kept.</footer>
    </main>
    <script>\(servingScript)</script>
    </body>
    </html>

    """
}
