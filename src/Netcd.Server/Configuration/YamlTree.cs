using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Netcd.Server.Configuration;

/// <summary>Reads a YAML text as etcd's parser does: where a key is given twice, the last one counts.</summary>
internal sealed class YamlTree
{
    /// <summary>Settings have sections, and those have lists: nothing has more.</summary>
    private const int MaxDepth = 100;

    private readonly Parser parser;
    private readonly Action<string, long> repeated;
    private readonly Dictionary<AnchorName, YamlNode> anchors = [];

    private YamlTree(string text, Action<string, long> repeated)
    {
        parser = new Parser(new StringReader(text));
        this.repeated = repeated;
    }

    /// <summary>The first document; null where there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="repeated">Told of each key that was given before in the same section, and of its line.</param>
    /// <exception cref="YamlException">It is no YAML.</exception>
    public static YamlNode? Load(string text, Action<string, long> repeated)
    {
        YamlTree tree = new(text, repeated);
        tree.parser.Consume<StreamStart>();
        return tree.parser.TryConsume<DocumentStart>(out _) ? tree.Read(depth: 0) : null;
    }

    private YamlNode Read(int depth)
    {
        ParsingEvent next = parser.Consume<ParsingEvent>();
        if (depth > MaxDepth)
        {
            throw new YamlException(next.Start, next.End, "sections are nested too deeply");
        }

        return next switch
        {
            AnchorAlias alias when anchors.TryGetValue(alias.Value, out YamlNode? known) => known,
            AnchorAlias alias => throw new YamlException(alias.Start, alias.End, $"unknown anchor '{alias.Value}' referenced"),
            Scalar scalar => Keep(scalar, new YamlScalarNode(scalar.Value) { Style = scalar.Style }),
            SequenceStart list => Keep(list, ReadList(depth)),
            MappingStart section => Keep(section, ReadSection(depth)),
            _ => throw new YamlException(next.Start, next.End, "a value is missing"),
        };
    }

    private YamlSequenceNode ReadList(int depth)
    {
        YamlSequenceNode items = new();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Read(depth + 1));
        }

        return items;
    }

    private YamlMappingNode ReadSection(int depth)
    {
        YamlMappingNode section = new();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            long line = parser.Current?.Start.Line ?? 0;
            YamlNode key = Read(depth + 1);
            if (section.Children.ContainsKey(key))
            {
                repeated((key as YamlScalarNode)?.Value ?? "", line);
            }

            section.Children[key] = Read(depth + 1);
        }

        return section;
    }

    private YamlNode Keep(NodeEvent read, YamlNode node)
    {
        if (!read.Anchor.IsEmpty)
        {
            anchors[read.Anchor] = node;
        }

        return node;
    }
}
