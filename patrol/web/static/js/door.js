// The sign-in page's two switches; the form itself needs no script.
import { startShell } from "./shell.js";

startShell(() => Date.now());
