"""A sieve as a chain of tasklets: every prime found adds one that lets only its non-multiples through. prime_sieve.py [PRIMES]"""
import stackless
import sys


def numbers(out):
    n = 2
    while True:
        out.send(n)
        n += 1


def sieve(prime, inbox, out):
    while True:
        n = inbox.receive()
        if n % prime:
            out.send(n)


def primes(count):
    ch = stackless.channel()
    stackless.tasklet(numbers)(ch)
    for _ in range(count):
        prime = ch.receive()
        yield prime
        following = stackless.channel()
        stackless.tasklet(sieve)(prime, ch, following)
        ch = following


found = list(primes(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
print(found[:10], "...", found[-1])
