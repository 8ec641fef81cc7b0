def count_words(text):
    """How often each word of `text` occurs."""
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts


# Select the function: which tokens look back to where a variable was set?
print(count_words("to be or not to be"))
