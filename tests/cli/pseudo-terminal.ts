import { spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { MAIN, type Outcome } from "./bertie.ts";

/** Whether Python's module pty is available, with which the tests create terminals. */
export const hasPseudoTerminal = spawnSync("python3", ["-c", "import pty, termios"]).status === 0;
if (!hasPseudoTerminal) console.warn("skipping the tests on a terminal: python3 with the module pty is not installed");

/** Runs a command on a new terminal. Arguments: columns, text to type or "", columns after the first output or 0, command. */
const SCRIPT = `
import fcntl, os, pty, struct, sys, termios
columns, typed, later, command = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]
def resize(fd, width):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24 if width else 0, width, 0, 0))
pid, fd = pty.fork()
if pid == 0:
    resize(0, columns)
    os.execvp(command[0], command)
output = b""
while True:
    try:
        chunk = os.read(fd, 65536)
    except OSError:
        break
    if not chunk:
        break
    output += chunk
    sys.stdout.buffer.write(chunk)
    if later and b"Iteration" in output:
        resize(fd, later)
        later = 0
    if typed and b"Ctrl-D" in output:
        os.write(fd, typed.encode() + b"\\n\\x04")
        typed = ""
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

export interface Terminal {
  readonly columns: number;
  /** Width of the terminal from the first progress bar on. */
  readonly resizedTo?: number;
  /** Line to type when the command asks for input. */
  readonly typed?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs the built command on a terminal. Everything that the command writes is in `stdout`. */
export function bertieOnTerminal(
  args: readonly string[],
  { columns, resizedTo = 0, typed = "", env = {} }: Terminal,
): Promise<Outcome> {
  const command = [process.execPath, MAIN, ...args];
  const { CI, ...outer } = process.env;
  const child = spawn("python3", ["-c", SCRIPT, String(columns), typed, String(resizedTo), ...command], {
    env: { BERTIE_DEVICE: "cpu", ...outer, TERM: "xterm-256color", ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/**
 * Returns the lines of a terminal after it has shown an output with the codes that the command uses: moving the cursor to
 * the start of an earlier line, and erasing below it. Wrapped lines are several lines.
 */
export function screenOf(output: string, columns: number): string[] {
  let lines: string[] = [""];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters of terminals
  for (const [part, count] of output.replaceAll("\r\n", "\n").matchAll(/\u001b\[(\d+)F|\u001b\[0J|[^\u001b]+/g)) {
    if (count !== undefined) lines = lines.slice(0, lines.length - 1 - Number(count));
    else if (!part.startsWith("\u001b")) {
      const text = part.split("\n");
      lines = [...lines.slice(0, -1), ...wrap((lines.at(-1) ?? "") + text[0], columns)];
      for (const line of text.slice(1)) lines.push(...wrap(line, columns));
    } else lines.push("");
  }
  return lines;
}

function wrap(line: string, columns: number): string[] {
  const count = Math.max(1, Math.ceil(line.length / columns));
  return Array.from({ length: count }, (_, i) => line.slice(i * columns, (i + 1) * columns));
}
