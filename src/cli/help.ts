export const HELP = `transformer-probe: see the attention of a transformer, from any ONNX model, offline

  transformer-probe attention --model MODEL (--text TEXT | --file FILE | --ids 1,2,3) [options]

What to analyze
  -m, --model MODEL      a bundled model's name, a model folder, an .onnx file, or the id of a downloaded
                         model, such as Xenova/distilgpt2
      --text TEXT        the text
      --file FILE        the text of a file in UTF-8; - reads standard input
      --ids 1,2,3        token ids, fed as they are
      --target TEXT      encoder-decoders: the decoder's text (greedy decoding writes it otherwise)
      --decoder-ids 1,2  encoder-decoders: the decoder's token ids, start token included
      --first            text too long for the model: take the first tokens that fit
      --window K         text too long for the model: take the K-th sliding window, counted from 0
      --offline          do not use the network (an analysis never does)
      --provider NAME    what computes the runs: cpu, webgpu, cuda, dml or coreml; the CPU where that cannot be used,
                         which is said (also of attribute, probe and train)

What to show
      --layer L          only this layer, counted from 0
      --head H           only this head, counted from 0
      --json FILE        write the weights as JSON instead of a summary; - is standard output
      --npz FILE         all weights as arrays for NumPy
      --csv FILE         one matrix: the head that --layer and --head name, or the mean of those they leave
      --svg FILE         the same matrix as vectors, with text as text
      --html FILE        one page that keeps the interaction, offline
  -h, --help
  -v, --version

Why a model predicts what it predicts: seven methods, and how far they agree
  transformer-probe attribute --model MODEL (--text TEXT | --file FILE | --ids 1,2,3)
      --target TOKEN     explain this token (one token of the model) or class; the most likely one if absent
      --target-id N      the same by its id
      --position N       masked models: the token to mask and predict (the text's own mask if absent); causal
                         models: predict after this token; encoder-decoders: after this token of the decoder
      --decoder TEXT     encoder-decoders: the decoder's text (or --decoder-ids 1,2)
      --output F         logit or log-probability; the first for classes, the second for tokens if absent
      --steps N          points of integrated gradients; as many as 1 % needs if absent
      --json FILE        prediction, scores by method, completeness, correlations; - is standard output
      --first, --window K   as above

Probes: the experiments of the Probes view
  transformer-probe probe --list            every probe with its settings
  transformer-probe probe NAME [options]
      --model MODEL      a model for the probe's first setting that takes its family; may be repeated
      --text TEXT, --file FILE   the probe's own sample if absent
      --set NAME=VALUE   a setting; may be repeated
      --json [FILE]      result, tables and figures; - is standard output
      --markdown         tables as Markdown
  transformer-probe probe --all --html DIR  one offline page with every probe's figures and tables

What a model is made of, without loading its weights
  transformer-probe anatomy MODEL   a .onnx, .safetensors, .safetensors.index.json or .gguf file, a folder, a
                                    downloaded model, a name such as bert-base-uncased or Llama-3.2-1B, or the
                                    id of a model of the Hub, of which the headers are read (HF_HUB_OFFLINE=1:
                                    never)
      --diff OTHER       side by side with another model, and how their parameters differ
      --json FILE        parameters (the total), components (the tree), tensors ...; - is standard output
      --markdown         tables instead of a tree

Fine-tuning against training from scratch
  transformer-probe train --model MODEL   on the same sentences, with the same batches; Ctrl+C writes what there is
      --data FILE        CSV, TSV or JSONL with a text and a label in each row (and a split: train or test);
                         bundled: small (the default) and large, 12 and 360 sentences on sentiment; agreement, 360 on verbs
      --arms A,B         pretrained, scratch, frozen (only the classifier learns); all three if absent
      --epochs N  --lr X  --seeds N  --batch N
      --pooling P        the sentence's vector: first (token), mean or last (token); by the model's family if absent
      --layers L         what is pooled: the last hidden state, or the mean of all
      --save DIR         write the fine-tuned model there (arm pretrained, seed 0), to open like any model
      --json FILE        arms by name with their losses and accuracies by seed and epoch; - is standard output

Models of the Hugging Face Hub
  transformer-probe models list                 what is downloaded
  transformer-probe models fetch OWNER/NAME     download, or go on with a download; prints the folder
  transformer-probe models verify [OWNER/NAME]  read every byte and compare it with the download
  transformer-probe models remove OWNER/NAME
  transformer-probe models path OWNER/NAME      the folder to give to --model
      --precision P      fp32, fp16, q8, int8, uint8, q4, q4f16 or bnb4; the nearest to fp32 if absent
      --revision R       a branch, a tag or a commit; main if absent
      --endpoint URL     a mirror of the Hub (or HF_ENDPOINT); HF_TOKEN is sent to it and to nobody else
      --cache-dir DIR    where models are kept (or TRANSFORMER_PROBE_CACHE)
      --offline          do not use the network (or HF_HUB_OFFLINE=1)
      --json             the answer as JSON
  HTTPS_PROXY, HTTP_PROXY and NO_PROXY are followed.

The JSON
  model         id, name, family, architecture, layers, decoderLayers, heads, maxTokens, vocabulary
  text          the text analyzed; what the ids spell where ids were given
  tokens        id, text, piece, start, end, special; start and end count UTF-16 code units of the text
  targetTokens  the decoder's tokens, where there is a decoder input
  attention     a list of kind ("encoder", "decoder" or "cross"), layer, shape [heads, queries, keys] and
                weights, flat and row-major; with --head the shape's first number is 1

Exit status: 0 done, 1 the machine, 2 the command line, 3 the model, 4 the input.
`;
