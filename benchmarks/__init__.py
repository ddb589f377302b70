"""How fast, how large and how good our SGNS is beside gensim's: ``make bench``.

Each module measures one thing, prints it and saves it in this folder:

    speed     words per second beside gensim with two workers       sgns_speed.csv
    scaling   the same over corpus length, K and R                  sgns_scaling.csv, .png
    limits    what bounds a step on this machine                    sgns_limits.csv
    memory    peak memory on a corpus of 100 million tokens         sgns_memory.csv
    corpora   time, memory, disk of the stages from 1 to 100 M      corpora.csv, .png
    quality   the vectors in the classifier, and on WordSim-353     sgns_quality.csv

They need the pipeline's tokens (and quality its main model): run ``make repro`` first.
"""
