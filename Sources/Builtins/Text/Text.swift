// Natives of numbers, text and bytes.
import Objects
func installText(_ t: ThreadRef) {}
