# _tokenize: the tokenizer's tokens, one by one.
# On demand: _tokenize


@system_class("_tokenize", "TokenizerIter")
class tokenize_Iter:
    def __new__(cls, source, *args, **kwargs):
        if not isinstance(source, str):
            raise TypeError("TokenizerIter() argument 1 must be str, not " + typeNameOf(source))
        self = _object.__new__(cls)
        self._tokens, self._failure = system_tokens(source.encode())
        self._next = 0
        return self

    def __iter__(self):
        return self

    def __next__(self):
        i = self._next
        if i < len(self._tokens):
            self._next = i + 1
            return self._tokens[i]
        failure = self._failure
        if failure is not None:
            self._failure = None
            compile_failure(failure)
        raise StopIteration
