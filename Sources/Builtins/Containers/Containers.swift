// Natives of containers and iterators.
import Objects
func installContainers(_ t: ThreadRef) {}
