using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Netcd.Tools.Ctl.Transfer;

/// <summary>The parts of a YAML text. What refers to other places is refused: nothing that is exported does.</summary>
internal sealed class YamlTokens : DocumentTokens
{
    private readonly Parser parser;
    private (long Line, long Column) position = (1, 1);

    public YamlTokens(string text) => parser = new Parser(new StringReader(text));

    public override (long Line, long Column) Position => position;

    public override void Next()
    {
        try
        {
            do
            {
                if (!parser.MoveNext())
                {
                    Kind = TokenKind.End;
                    return;
                }
            }
            while (parser.Current is StreamStart or DocumentStart or Comment);
        }
        catch (YamlException broken)
        {
            throw FaultAt((broken.Start.Line, broken.Start.Column), broken.Message);
        }

        Take(parser.Current!);
    }

    private void Take(ParsingEvent part)
    {
        position = (part.Start.Line, part.Start.Column);
        Text = part is Scalar scalar ? scalar.Value : "";
        Kind = part switch
        {
            NodeEvent node when !node.Anchor.IsEmpty || !node.Tag.IsEmpty => throw Fault("anchors and tags are not known here"),
            AnchorAlias => throw Fault("references to anchors are not known here"),
            MappingStart => TokenKind.SectionStart,
            MappingEnd => TokenKind.SectionEnd,
            SequenceStart => TokenKind.ListStart,
            SequenceEnd => TokenKind.ListEnd,
            Scalar => TokenKind.Text,
            _ => TokenKind.End,
        };
    }
}
