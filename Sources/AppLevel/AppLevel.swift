// AppLevel
