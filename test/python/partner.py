"""Runs what it is told: a line of JSON with a snippet and its arguments in, a line with the result out."""
import json
import sys
import traceback

namespace = {}


def run(request):
    namespace['args'] = request['args']
    namespace['result'] = None
    try:
        exec(compile(request['source'], 'snippet', 'exec'), namespace)
        return {'result': namespace['result']}
    except Exception:
        return {'error': traceback.format_exc()}


for line in sys.stdin:
    sys.stdout.write(json.dumps(run(json.loads(line))) + '\n')
    sys.stdout.flush()
