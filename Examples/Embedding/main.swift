// A Swift program with a Python machine: a small spreadsheet whose formulas are Python.

import Weft

let cells: [String: String] = ["price": "12.5", "count": "4", "total": "cell('price') * cell('count')", "tax": "rounded(cell('total') * 0.19)"]

do {
  let python = try VirtualMachine.start()
  // A Swift function that ends with a call of Python code: formulas may refer to each other.
  let formula = try python.evaluate("lambda source: eval(source, globals())")
  let cell = try python.function("cell", endingWith: { arguments in
    let name = try arguments[0].converted(to: String.self)
    guard let source = cells[name] else { throw PythonError("LookupError", "no cell \(name)") }
    return PythonCall(formula, source)
  })
  try python.main.setAttribute("cell", cell)
  try python.define("rounded") { (x: Double) -> Double in (x * 100).rounded() / 100 }
  for name in cells.keys.sorted() {
    let value: Double = try cell.call(name).converted()
    print("\(name) = \(value)")
  }
  do { _ = try python.evaluate("cell('nothing')") } catch let e as PythonError { print(e) }
  try python.run("import json; print(json.dumps({'total': cell('total')}))")
  python.finish()
} catch {
  print("failed: \(error)")
}
