// Natives of object, type, functions and exceptions.
import Objects
func installObject(_ t: ThreadRef) {}
