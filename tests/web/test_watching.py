from sandbox.web.watching import Watch


def test_a_file_that_cannot_be_read_keeps_none_from_being_taken_over(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    (tmp_path / "story.yaml").write_text("scenario: story")
    watch = Watch(tmp_path)

    looks = [watch.look(), watch.look(), watch.look()]

    assert looks == [[], [tmp_path / "story.yaml"], []]
