// A library that is initialised before TensorFlow's (-z initfirst), which with CUDA complains to stderr while it is loaded,
// and no setting keeps that back: from here on stderr leads to nowhere, until the addon has been initialised.
#include <fcntl.h>
#include <unistd.h>

static int terminal = -1;

__attribute__((constructor)) static void Silence() {
  terminal = dup(STDERR_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDERR_FILENO);
  close(nowhere);
}

void EndSilence() {
  dup2(terminal, STDERR_FILENO);
  close(terminal);
}
