internal import Config
internal import Control

enum Demo {
    static func run(_ options: DemoOptions, _ environment: [String: String]) throws(ControlError) -> Int32 { 1 }
}
