#!/usr/bin/env node
// Committed rather than built, so that npm can link the command before the first build.
import "../dist/main.node.js";
