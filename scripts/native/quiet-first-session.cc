// This file is compiled into the addon. The first session of a process prints "MLIR V1 optimization pass is not
// enabled" and a related warning to stderr, which no setting suppresses. Therefore, a first session runs while the
// addon is being loaded and stderr is redirected to /dev/null (see quiet-load.cc).
#include "tensorflow/c/c_api.h"

void RestoreStderr();

static void RunEmptySession() {
  TF_Status* status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  TF_Operation* no_op = TF_FinishOperation(TF_NewOperation(graph, "NoOp", "no_op"), status);
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_Session* session = TF_NewSession(graph, options, status);
  TF_SessionRun(session, nullptr, nullptr, nullptr, 0, nullptr, nullptr, 0, &no_op, 1, nullptr, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
}

static const bool quiet = [] {
  RunEmptySession();
  RestoreStderr();
  return true;
}();
