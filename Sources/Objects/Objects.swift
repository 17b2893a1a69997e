// Objects
