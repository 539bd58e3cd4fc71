"""Asks the example server for an answer: ask.py URL FILE. Prints the code and what is answered; waits for the server
to be there."""
import sys
import time
import urllib.error
import urllib.request

body = open(sys.argv[2], "rb").read()
for attempt in range(60):
    try:
        with urllib.request.urlopen(urllib.request.Request(sys.argv[1], body)) as answer:
            print(answer.status, answer.read().decode())
        sys.exit(0)
    except urllib.error.HTTPError as error:
        print(error.code, error.read().decode())
        sys.exit(0)
    except urllib.error.URLError:
        time.sleep(1)
sys.exit("ask: nobody answers")
