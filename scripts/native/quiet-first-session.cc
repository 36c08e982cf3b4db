// Compiled into the addon. The first session of a process writes "MLIR V1 optimization pass is not enabled", and a warning
// about that, to stderr, and no setting keeps them back: so a first session runs when the addon is loaded, while stderr
// leads to nowhere (quiet-load.cc).
#include "tensorflow/c/c_api.h"

void EndSilence();

static void RunNothing() {
  TF_Status* status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  TF_Operation* nothing = TF_FinishOperation(TF_NewOperation(graph, "NoOp", "nothing"), status);
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_Session* session = TF_NewSession(graph, options, status);
  TF_SessionRun(session, nullptr, nullptr, nullptr, 0, nullptr, nullptr, 0, &nothing, 1, nullptr, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
}

static const bool quiet = [] {
  RunNothing();
  EndSilence();
  return true;
}();
