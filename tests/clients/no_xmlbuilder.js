// VTK.js writes XML with this, which no test asks for; the package itself needs parts of node.
export const create = undefined;
