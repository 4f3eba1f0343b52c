// Starts `sertwist lsp` for routing scripts; everything else is in the language server.
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = function () {
  const command = vscode.workspace.getConfiguration("sertwist").get("command");
  const server = { command, args: ["lsp"] };
  client = new LanguageClient("sertwist", "ser.cfg", server, { documentSelector: [{ language: "ser-cfg" }] });
  return client.start();
};

exports.deactivate = function () {
  return client && client.stop();
};
