;; Doubles: the points of the Mandelbrot set on a grid, and an integral.
(define (escapes cr ci limit)
  (let loop ((zr 0.) (zi 0.) (k 0))
    (if (= k limit) 0
        (let ((r2 (* zr zr)) (i2 (* zi zi)))
          (if (> (+ r2 i2) 4.) 1 (loop (+ (- r2 i2) cr) (+ (* 2. zr zi) ci) (+ k 1)))))))
(define (count n)
  (do ((y 0 (+ y 1)) (total 0 (do ((x 0 (+ x 1)) (t total (+ t (escapes (- (/ (* 3. x) n) 2.) (- (/ (* 2. y) n) 1.) 200)))) ((= x n) t)))) ((= y n) total)))
(define (integral f from to steps)
  (let ((h (/ (- to from) steps)))
    (let loop ((k 0) (s 0.)) (if (< k steps) (loop (+ k 1) (+ s (* h (f (+ from (* h (+ k 0.5))))))) s))))
(display (count 250)) (newline)
(display (integral (lambda (x) (* x (- 1. x))) 0. 1. 3000000)) (newline)
