// A library that is initialized before the TensorFlow library (-z initfirst). With CUDA, TensorFlow prints warnings to
// stderr while it is loaded, which no setting suppresses. This library redirects stderr to /dev/null until the addon is
// initialized.
#include <fcntl.h>
#include <unistd.h>

static int saved_stderr = -1;

__attribute__((constructor)) static void RedirectStderr() {
  saved_stderr = dup(STDERR_FILENO);
  const int null_device = open("/dev/null", O_WRONLY);
  dup2(null_device, STDERR_FILENO);
  close(null_device);
}

void RestoreStderr() {
  dup2(saved_stderr, STDERR_FILENO);
  close(saved_stderr);
}
