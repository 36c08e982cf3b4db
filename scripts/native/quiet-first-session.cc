// Compiled into the addon. The first session of a process writes "MLIR V1 optimization pass is not enabled", and a warning
// about that, to stderr, and no setting keeps them back: so a first session writes them to nowhere when the addon is loaded.
#include <fcntl.h>
#include <unistd.h>

#include "tensorflow/c/c_api.h"

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
  const int terminal = dup(STDERR_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDERR_FILENO);
  RunNothing();
  dup2(terminal, STDERR_FILENO);
  close(nowhere);
  close(terminal);
  return true;
}();
